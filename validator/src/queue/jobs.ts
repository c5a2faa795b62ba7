import type { DefaultJobOptions } from "bullmq";
import { z } from "zod";

/** The queues of a validator. */
export const queueNames = ["plan", "query", "settle", "tick"] as const;
export type QueueName = (typeof queueNames)[number];

/** What the jobs carry: names of data, never the data, which lives in the plan and the replies of the round. */
export const jobData = {
  plan: z.object({ round: z.number().int().nonnegative() }),
  query: z.object({ round: z.number().int().nonnegative(), taskId: z.string(), chunk: z.number().int().nonnegative() }),
  settle: z.object({ round: z.number().int().nonnegative() }),
} as const;

/** Version of the meaning of the jobs; part of every id, so that two versions never take each other's work for their own. */
const jobVersion = "v1";

/**
 * Job ids follow from chain facts alone, so a job added twice (a lost reply, a restart, a second machine) is one job. Two digits keep the
 * chunks in order for a reader.
 */
export const jobId = {
  plan: (netuid: number, round: number): string => `${jobVersion}-${netuid}-${round}-plan`,
  query: (netuid: number, round: number, taskId: string, chunk: number): string =>
    `${jobVersion}-${netuid}-${round}-${taskId}-${String(chunk).padStart(2, "0")}`,
  settle: (netuid: number, round: number): string => `${jobVersion}-${netuid}-${round}-settle`,
  /** A settle without children, for a round whose flow lost one. */
  lateSettle: (netuid: number, round: number): string => `${jobVersion}-${netuid}-${round}-settle-late`,
};

/** Name of the capped back-off below, as workers look it up. */
export const backoffType = "capped";

/** Milliseconds to wait before the next attempt: 500 doubled per attempt, at most 5 s, the upper half of it random. */
export function cappedBackoff(attemptsMade: number, random: () => number = Math.random): number {
  const ceiling = Math.min(5_000, 500 * 2 ** Math.min(20, Math.max(0, attemptsMade - 1)));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}

/**
 * Options of every job. Finished ones stay a day (failed ones a week) because an id guards against a repetition only while the job exists;
 * what counts as truth is the settle script, not the job.
 */
export const jobOptions: DefaultJobOptions = {
  attempts: 20,
  backoff: { type: backoffType },
  sizeLimit: 65_536,
  removeOnComplete: { age: 86_400, count: 5_000 },
  removeOnFail: { age: 604_800, count: 5_000 },
  stackTraceLimit: 5,
};
