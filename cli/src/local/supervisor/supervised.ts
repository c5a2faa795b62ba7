import { isRunning, type ProcessIdentity } from "../../system/process-facts.ts";
import { type Child, type ChildCommand, type ChildEvent, type ChildExit, startChild } from "./child.ts";
import { openRotatedLog, reopenLog } from "./log-file.ts";
import { lastComplaint } from "./log-story.ts";
import { createRestartCounter, type RestartPolicy } from "./restart-policy.ts";

/** What a process is in the network: decides the order of stopping and whether the network can live without it. */
export type ProcessKind = "redis" | "chain" | "validator" | "miner";

/** A process to keep running. `ready` answers whether it serves; `critical` ones end the network when they are given up. */
export type ProcessSpec = {
  readonly name: string;
  readonly kind: ProcessKind;
  readonly critical: boolean;
  readonly command: ChildCommand;
  readonly ready: () => Promise<boolean>;
};

/** Life of a supervised process. `stopped` is final and asked for; `gaveUp` is final and not. */
export type ProcessState = "starting" | "running" | "waiting" | "gaveUp" | "stopping" | "stopped";

export type ProcessNotice =
  | { readonly kind: "started"; readonly pid: number }
  | { readonly kind: "ready"; readonly ms: number }
  | { readonly kind: "exited"; readonly pid: number; readonly exit: ChildExit; readonly lastError: string }
  | { readonly kind: "restarting"; readonly attempt: number; readonly of: number; readonly delayMs: number }
  /** `refused`: it said itself that it cannot go on before a person has changed something. */
  | { readonly kind: "gaveUp"; readonly attempts: number; readonly refused: boolean }
  | { readonly kind: "event"; readonly event: ChildEvent };

export type SupervisedOptions = {
  readonly spec: ProcessSpec;
  readonly logsFolder: string;
  readonly policy: RestartPolicy;
  /** Milliseconds between two looks at `ready` while it is not. */
  readonly readyPollMs: number;
  readonly onNotice: (notice: ProcessNotice) => void;
};

/** How long a process may take to answer SIGTERM, and what became of it. */
export type StopOutcome = { readonly name: string; readonly ms: number; readonly killed: boolean };

/** One process that is kept running until it is stopped or gives up. */
export class Supervised {
  readonly spec: ProcessSpec;
  readonly logFile: string;
  state: ProcessState = "stopped";
  /** Restarts since the last long healthy stretch, and how many there may be. */
  restarts = 0;
  readonly maxRestarts: number;
  readonly #options: SupervisedOptions;
  readonly #counter: ReturnType<typeof createRestartCounter>;
  #child: Child | undefined;
  #timer: NodeJS.Timeout | undefined;
  #askedToRestart = false;
  #firstStart = true;

  constructor(options: SupervisedOptions) {
    this.spec = options.spec;
    this.#options = options;
    this.#counter = createRestartCounter(options.policy);
    this.maxRestarts = options.policy.delaysMs.length;
    this.logFile = `${options.logsFolder}/${options.spec.name}.log`;
  }

  get identity(): ProcessIdentity | undefined {
    return this.#child?.identity;
  }

  /** True while the process exists, in whatever state. */
  get alive(): boolean {
    return this.#child !== undefined && isRunning(this.#child.identity);
  }

  start(): void {
    const open = this.#firstStart ? openRotatedLog : reopenLog;
    this.#firstStart = false;
    this.state = "starting";
    const child = startChild(this.spec.command, open(this.#options.logsFolder, this.spec.name).fd, (event) =>
      this.#onEvent(event),
    );
    this.#child = child;
    this.#options.onNotice({ kind: "started", pid: child.identity.pid });
    void child.exited.then((exit) => this.#onExit(child, exit));
    this.#watchReady(child);
  }

  /** Ends the process as a crash would (`SIGKILL`); the restart policy decides what follows. */
  kill(): void {
    this.#child?.signalGroup("SIGKILL");
  }

  /** Stops and starts it again at once, without counting it as a crash. A process that gave up gets a new chance. */
  restart(): void {
    this.#counter.reset();
    this.restarts = 0;
    clearTimeout(this.#timer);
    if (this.#child === undefined) {
      this.start();
      return;
    }
    this.#askedToRestart = true;
    const child = this.#child;
    child.signalGroup("SIGTERM");
    const timer = setTimeout(() => child.signalGroup("SIGKILL"), 5000);
    void child.exited.then(() => clearTimeout(timer));
  }

  /** From now on an exit is final. */
  noMoreRestarts(): void {
    clearTimeout(this.#timer);
    this.state = "stopping";
  }

  /** SIGTERM, then SIGKILL to the group after `graceMs`. Resolves when the process is gone. */
  async stop(graceMs: number): Promise<StopOutcome> {
    const begun = Date.now();
    this.noMoreRestarts();
    const child = this.#child;
    let killed = false;
    if (child !== undefined) {
      child.signalGroup("SIGTERM");
      const timer = setTimeout(() => {
        killed = true;
        child.signalGroup("SIGKILL");
      }, graceMs);
      await child.exited;
      clearTimeout(timer);
      // The leader is gone; what it may have started and left behind goes with it.
      child.signalGroup("SIGKILL");
    }
    this.state = "stopped";
    return { name: this.spec.name, ms: Date.now() - begun, killed };
  }

  /** SIGKILL to the group, now, for good. */
  killForGood(): void {
    this.noMoreRestarts();
    this.#child?.signalGroup("SIGKILL");
  }

  #onEvent(event: ChildEvent): void {
    this.#options.onNotice({ kind: "event", event });
  }

  #onExit(child: Child, exit: ChildExit): void {
    if (this.#child === child) this.#child = undefined;
    child.signalGroup("SIGKILL");
    if (this.state === "stopping" || this.state === "stopped") return;
    const lastError = lastComplaint(this.logFile);
    this.#options.onNotice({ kind: "exited", pid: child.identity.pid, exit, lastError });
    if (this.#askedToRestart) {
      this.#askedToRestart = false;
      this.start();
      return;
    }
    const decision = this.#counter.died(Date.now() - child.startedAt, exit.code);
    if (decision.kind === "giveUp") {
      this.state = "gaveUp";
      const { attempts, refused } = decision;
      this.#options.onNotice({ kind: "gaveUp", attempts, refused });
      return;
    }
    this.state = "waiting";
    this.restarts = decision.attempt;
    this.#options.onNotice({ ...decision, kind: "restarting" });
    this.#timer = setTimeout(() => this.start(), decision.delayMs);
  }

  #watchReady(child: Child): void {
    const look = async (): Promise<void> => {
      const ready = await this.spec.ready().catch(() => false);
      if (this.#child !== child || this.state !== "starting") return;
      if (ready) {
        this.state = "running";
        this.#options.onNotice({ kind: "ready", ms: Date.now() - child.startedAt });
        return;
      }
      setTimeout(() => void look(), this.#options.readyPollMs).unref();
    };
    void look();
  }
}
