import { type AppError, errorMessage } from "@subnetkit/shared/errors/app-error";
import { thrownAt } from "@subnetkit/shared/errors/thrown-at";
import type { Logger } from "@subnetkit/shared/log/logger";

/**
 * The author's code failed: one line per round, with the first fault, and where it was thrown or what came back. What the scorer said may repeat a miner's
 * reply, and a miner that can break the scorer can do so in every round, so the words stay at debug.
 */
export function logFaults(round: number, faults: readonly AppError[], log: Logger): void {
  const [first] = faults;
  if (first === undefined) return;
  const { code } = first;
  const { task, uid, problem } = first.data;
  const at = thrownAt(first.cause);
  // A number below zero may be a miner's own.
  const returned = typeof problem === "string" && /^-\d/.test(problem) ? "a negative number" : problem;
  log.warn({ round, faults: faults.length, code, task, uid, at, returned }, "the subnet's scorer failed");
  const thrown = first.cause === undefined ? first.message : errorMessage(first.cause);
  log.debug({ round, task, uid, at, problem: thrown }, "why the subnet's scorer failed");
}
