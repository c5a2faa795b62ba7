import { appError } from "@subnetkit/shared/errors/app-error";
import { delay } from "@subnetkit/shared/util/delay";
import type { ChildExit } from "./supervisor/child.ts";
import { readableTail } from "./supervisor/log-story.ts";
import type { Supervised } from "./supervisor/supervised.ts";

/** How an exit reads in a sentence. */
export function exitWords({ code, signal }: ChildExit): string {
  return signal === null ? `exit code ${code}` : signal;
}

export type WaitReadyOptions = {
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (ready: number, waitingFor: readonly string[]) => void;
  /** The exits seen since set-up began, by process name. */
  readonly exits: ReadonlyMap<string, ChildExit>;
};

/**
 * Waits until all of these processes serve. Throws E_PROCESS_DIED as soon as one ends (during set-up nothing is started again behind a
 * person's back) and E_NOT_READY naming the first that is late; both carry the last 20 lines of its log.
 */
export async function waitReady(processes: readonly Supervised[], options: WaitReadyOptions): Promise<void> {
  const { deadlineMs, signal, onProgress, exits } = options;
  const deadline = Date.now() + deadlineMs;
  let told = "";
  for (;;) {
    const waiting = processes.filter(({ state }) => state !== "running");
    const dead = processes.find(({ spec }) => exits.has(spec.name));
    if (dead !== undefined) {
      const exit = exits.get(dead.spec.name) ?? { code: null, signal: null };
      throw appError("E_PROCESS_DIED", { process: dead.spec.name, how: exitWords(exit), ...story(dead) });
    }
    if (waiting.length === 0) return;
    const names = waiting.map(({ spec }) => spec.name);
    if (names.join() !== told) onProgress(processes.length - waiting.length, names);
    told = names.join();
    if (Date.now() > deadline) {
      const late = waiting[0]!;
      throw appError("E_NOT_READY", {
        process: late.spec.name,
        seconds: Math.round(deadlineMs / 1000),
        ...story(late),
      });
    }
    await delay(20, signal);
  }
}

function story(process: Supervised): { causeText: string; log: string } {
  const tail = readableTail(process.logFile);
  const text = tail.length === 0 ? "its log is empty" : `the last lines of its log:\n${tail.join("\n")}`;
  return { causeText: text, log: process.logFile };
}
