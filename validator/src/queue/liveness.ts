import { appError, type AppError } from "@subnetkit/shared/errors/app-error";
import type { Metrics } from "@subnetkit/shared/metrics/define";
import { delay } from "@subnetkit/shared/util/delay";
import type { ValidatorMetrics } from "../metrics.ts";
import type { QueueName } from "./jobs.ts";

/** How long jobs may wait without one being started, besides the time that a job may be with a miner. */
export const stuckAfterMs = 60_000;

/** Notices a worker connection that is dead without an error: jobs wait, nobody starts one. */
export interface Liveness {
  /** A job was started, or taking jobs was paused on purpose. */
  touch(): void;
  /** The error to stop with, once jobs have waited too long. Call it regularly with the number of waiting jobs. */
  check(waiting: number): AppError | undefined;
}

export type LivenessOptions = {
  /** Longest time that a miner has to answer, milliseconds: all places may be taken by jobs that wait for one. */
  readonly slowestTaskMs: number;
  /** Milliseconds that do not go back; default the process's. */
  readonly now?: () => number;
};

/** Makes a liveness check. */
export function createLiveness({ slowestTaskMs, now = () => performance.now() }: LivenessOptions): Liveness {
  let since = now();
  return {
    touch() {
      since = now();
    },
    check(waiting) {
      if (waiting === 0) {
        since = now();
        return undefined;
      }
      const quietMs = now() - since;
      return quietMs < stuckAfterMs + slowestTaskMs
        ? undefined
        : appError("E_NO_WORK_STARTED", { waiting, seconds: Math.round(quietMs / 1_000) });
    },
  };
}

export type LivenessModules = {
  /** Whether Redis takes writes: while it does not, nothing is expected to start. */
  readonly up: () => boolean;
  /** Jobs that wait for processes with the roles of this one. */
  readonly waiting: () => Promise<Partial<Record<QueueName, number>>>;
  readonly metrics: Metrics<ValidatorMetrics>;
  readonly signal: AbortSignal;
  readonly everyMs?: number;
};

/**
 * Checks every few seconds, until the signal fires. Rejects with E_NO_WORK_STARTED when the process should be started anew. Not bound to
 * blocks: it is there for the case that nothing moves any more.
 */
export async function watchLiveness(liveness: Liveness, modules: LivenessModules): Promise<void> {
  const { up, metrics, signal, everyMs = 5_000 } = modules;
  while (!signal.aborted) {
    await delay(everyMs, signal).catch(() => undefined);
    const waiting = up() && !signal.aborted ? await modules.waiting().catch(() => undefined) : undefined;
    if (waiting === undefined) {
      liveness.touch();
      continue;
    }
    for (const [queue, count] of Object.entries(waiting))
      metrics.subnetkit_validator_jobs_waiting.set({ queue }, count);
    const stuck = liveness.check(Object.values(waiting).reduce((sum, count) => sum + count, 0));
    if (stuck !== undefined) throw stuck;
  }
}
