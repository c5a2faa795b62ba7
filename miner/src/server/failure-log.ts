import { thrownAt } from "@subnetkit/shared/errors/thrown-at";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Answer } from "../solving/answer-task.ts";

/** A solver that fails does so with every request: told at once, and then this often at most, milliseconds. */
const tellEveryMs = 10_000;

type FailedAnswer = Extract<Answer, { readonly problem: string }>;
type Told = { atMs: number; since: number };

const toldBy = new WeakMap<Logger, Map<string, Told>>();

/**
 * Says in the log that the operator's own code failed, where, and how often since it was last said of this task. What the code said may repeat the caller's
 * data and stays at debug.
 */
export function logFailure(task: string, answer: FailedAnswer, log: Logger, nowMs = performance.now()): void {
  const { kind, problem } = answer;
  const told = toldBy.get(log) ?? new Map<string, Told>();
  toldBy.set(log, told);
  const key = `${task} ${kind}`;
  const last = told.get(key);
  if (last !== undefined && nowMs - last.atMs < tellEveryMs) {
    last.since += 1;
    return;
  }
  told.set(key, { atMs: nowMs, since: 0 });
  const at = "cause" in answer ? thrownAt(answer.cause) : undefined;
  log.warn({ task, kind, at, untold: last?.since }, "a solver gave no usable answer");
  log.debug({ task, at, problem }, "why the solver gave no usable answer");
}
