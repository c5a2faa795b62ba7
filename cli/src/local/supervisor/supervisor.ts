import { capLog } from "./log-file.ts";
import { DEFAULT_RESTART_POLICY, type RestartPolicy } from "./restart-policy.ts";
import { type ProcessKind, type ProcessNotice, type ProcessSpec, type StopOutcome, Supervised } from "./supervised.ts";

/** Validators first (they ask), then miners (they drain), then the chain (it writes its state), Redis last (everybody's store). */
export const STOP_ORDER: readonly ProcessKind[] = ["validator", "miner", "chain", "redis"];

export type SupervisorOptions = {
  readonly logsFolder: string;
  readonly onNotice: (process: Supervised, notice: ProcessNotice) => void;
  readonly policy?: RestartPolicy;
  readonly readyPollMs?: number;
  /** SIGTERM to SIGKILL for one process. */
  readonly graceMs?: number;
  /** SIGTERM of the first to SIGKILL of all. */
  readonly stopDeadlineMs?: number;
};

/** What stopping came to: one outcome per process in stop order, and who outlived the deadline. */
export type StopReport = { readonly outcomes: readonly StopOutcome[]; readonly hung: readonly string[] };

const LOG_CHECK_MS = 10_000;

/** Keeps the processes of a network running, and stops them in order. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #processes = new Map<string, Supervised>();
  readonly #logTimer: NodeJS.Timeout;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#logTimer = setInterval(() => {
      for (const name of this.#processes.keys()) capLog(options.logsFolder, name);
    }, LOG_CHECK_MS);
    this.#logTimer.unref();
  }

  get processes(): readonly Supervised[] {
    return [...this.#processes.values()];
  }

  get(name: string): Supervised | undefined {
    return this.#processes.get(name);
  }

  /** Starts a process and keeps it running. */
  start(spec: ProcessSpec): Supervised {
    const process = new Supervised({
      spec,
      logsFolder: this.#options.logsFolder,
      policy: this.#options.policy ?? DEFAULT_RESTART_POLICY,
      readyPollMs: this.#options.readyPollMs ?? 50,
      onNotice: (notice) => this.#options.onNotice(process, notice),
    });
    this.#processes.set(spec.name, process);
    process.start();
    return process;
  }

  /**
   * Stops everything: kind after kind, those of a kind together, SIGTERM and after the grace time SIGKILL. When the deadline passes, what is
   * left is killed at once and named in `hung`.
   */
  async stopAll(onStopped: (outcome: StopOutcome) => void = () => {}): Promise<StopReport> {
    const { graceMs = 5000, stopDeadlineMs = 9500 } = this.#options;
    clearInterval(this.#logTimer);
    // No restart may begin while the others are still being stopped.
    for (const process of this.#processes.values()) process.noMoreRestarts();
    const outcomes: StopOutcome[] = [];
    let hung: readonly string[] = [];
    const deadline = setTimeout(() => {
      hung = this.processes.filter(({ alive }) => alive).map(({ spec }) => spec.name);
      this.killAll();
    }, stopDeadlineMs);
    for (const kind of STOP_ORDER) {
      const group = this.processes.filter(({ spec }) => spec.kind === kind);
      await Promise.all(
        group.map(async (process) => {
          const outcome = await process.stop(graceMs);
          outcomes.push(outcome);
          onStopped(outcome);
        }),
      );
    }
    clearTimeout(deadline);
    return { outcomes, hung };
  }

  /** SIGKILL to every group at once. Safe to call at any time, and again. */
  killAll(): void {
    clearInterval(this.#logTimer);
    for (const process of this.#processes.values()) process.killForGood();
  }
}
