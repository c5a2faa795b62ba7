import type { RoundStore } from "../store/round-store.ts";
import type { RoundQueues } from "../queue/queues.ts";
import type { Plan } from "./plan-record.ts";
import type { RoundWatch } from "./round-watch.ts";

export type ReconcileOptions = {
  /** A round whose flow is incomplete is settled with what is there, this long after its time. */
  readonly lateAfterMs: number;
};

export type ReconcileModules = {
  readonly rounds: RoundStore;
  readonly queues: RoundQueues;
  /** What this process has seen of the open rounds. */
  readonly watch: RoundWatch;
};

/** What was done about an open round. */
export type Repair = { readonly round: number; readonly action: "re-added" | "retried" | "late-settle" | "abandoned" };

/** Repairs that must have been of no use before a round is given up. */
const leastRepairs = 2;

/**
 * Looks after rounds that are planned and not settled: adds jobs that a crash kept from being added, settles with what is there when a flow lost a job,
 * retries a settle that failed for good. A round is given up, since later ones wait for it, when its plan is gone or its settle was done and did not help;
 * never for the time it takes: one whose settle waits for a worker is counted when there is a worker again. Safe to run anywhere, at any time, twice at
 * once.
 */
export async function reconcileRounds(
  options: ReconcileOptions,
  { rounds, queues, watch }: ReconcileModules,
  signal: AbortSignal,
): Promise<readonly Repair[]> {
  const repairs: Repair[] = [];
  const open = await rounds.open();
  watch.look(open);
  for (const round of open) {
    signal.throwIfAborted();
    const action = await repair(round);
    if (action !== undefined) repairs.push({ round, action });
  }
  return repairs;

  async function repair(round: number): Promise<Repair["action"] | undefined> {
    const plan = await rounds.plan(round);
    if (plan === undefined) return await abandon(round);
    const state = await queues.settleState(round);
    switch (state) {
      case "absent":
        await queues.addRound(plan);
        return "re-added";
      case "failed":
        if (watch.repairs(round) >= leastRepairs) return await abandon(round);
        watch.repaired(round);
        await queues.retrySettle(round);
        return "retried";
      case "completed":
        // It may have been counted since we asked; if not, nothing else is left to try.
        if (watch.repairs(round) >= leastRepairs) return await abandon(round);
        watch.repaired(round);
        await queues.addLateSettle(round);
        return "late-settle";
      case "pending":
        if (watch.watchedMs(round) - ownTimeMs(plan) < options.lateAfterMs) return undefined;
        await queues.addLateSettle(round);
        return "late-settle";
    }
  }

  async function abandon(round: number): Promise<"abandoned" | undefined> {
    return (await rounds.abandon(round)) ? "abandoned" : undefined;
  }
}

/** How long a round may take by its plan. */
function ownTimeMs({ plannedAtMs, deadlineMs }: Plan): number {
  return Math.max(0, deadlineMs - plannedAtMs);
}
