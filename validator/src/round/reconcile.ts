import type { RoundStore } from "../store/round-store.ts";
import type { RoundQueues } from "../queue/queues.ts";

export type ReconcileOptions = {
  /** A round whose flow is incomplete is settled with what is there, this long after its deadline. */
  readonly lateAfterMs: number;
  /** A round that still cannot be settled this long after its deadline is given up. */
  readonly abandonAfterMs: number;
  /** Unix milliseconds since when somebody works: a round that a stop cut in two gets its time from here on. */
  readonly watchedSinceMs: number;
};

export type ReconcileModules = {
  readonly rounds: RoundStore;
  readonly queues: RoundQueues;
  readonly nowMs: () => number;
};

/** What was done about an open round. */
export type Repair = { readonly round: number; readonly action: "re-added" | "retried" | "late-settle" | "abandoned" };

/**
 * Looks after rounds that are planned and not settled: adds jobs that a crash kept from being added, retries a settle that failed for good,
 * and gives up what cannot be settled, since later rounds wait for earlier ones. Safe to run anywhere, at any time, twice at once.
 */
export async function reconcileRounds(
  options: ReconcileOptions,
  { rounds, queues, nowMs }: ReconcileModules,
  signal: AbortSignal,
): Promise<readonly Repair[]> {
  const repairs: Repair[] = [];
  for (const round of await rounds.open()) {
    signal.throwIfAborted();
    const action = await repair(round);
    if (action !== undefined) repairs.push({ round, action });
  }
  return repairs;

  async function repair(round: number): Promise<Repair["action"] | undefined> {
    const plan = await rounds.plan(round);
    const overdueMs =
      plan === undefined ? Number.POSITIVE_INFINITY : nowMs() - Math.max(plan.deadlineMs, options.watchedSinceMs);
    if (plan === undefined || overdueMs > options.abandonAfterMs) {
      return (await rounds.abandon(round)) ? "abandoned" : undefined;
    }
    const state = await queues.settleState(round);
    switch (state) {
      case "absent":
        await queues.addRound(plan);
        return "re-added";
      case "failed":
        await queues.retrySettle(round);
        return "retried";
      case "completed":
      case "pending":
        if (overdueMs < options.lateAfterMs) return undefined;
        await queues.addLateSettle(round);
        return "late-settle";
    }
  }
}
