import { errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import type { RunningProcess } from "@subnetkit/shared/lifecycle/run-process";
import type { MinerConfig } from "./config.ts";
import type { MinerMetrics } from "./metrics.ts";
import type { MinerFacts } from "./status.ts";

/** What every part of a running miner may use. */
export type MinerProcess = RunningProcess & {
  readonly config: MinerConfig;
  readonly metrics: MinerMetrics;
  readonly facts: MinerFacts;
};

/** A deregistered miner stops; anything else is tried again with the next block, and said once. */
export function onDutyError(
  duty: string,
  error: unknown,
  failures: number,
  { log, fail, facts, metrics }: MinerProcess,
): void {
  if (isAppError(error, "E_MINER_DEREGISTERED") || isAppError(error, "E_SUBNET_UNKNOWN")) {
    facts.registered = false;
    metrics.subnetkit_miner_registered.set(0);
    metrics.subnetkit_miner_uid.set(-1);
    fail(error);
    return;
  }
  const level = failures === 1 ? "warn" : "debug";
  log[level]({ duty, reason: errorMessage(error) }, "a duty failed, trying again with the next block");
}
