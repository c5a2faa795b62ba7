import { type AppError, appError } from "@subnetkit/shared/errors/app-error";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import type { RoundStore, SettledScore, SettleResult } from "../store/round-store.ts";
import type { ScoreStore } from "../store/score-store.ts";
import { challengeOf, taskOf } from "./challenge.ts";
import { countOutcomes, outcomeReason } from "./outcome.ts";
import type { Plan } from "./plan-record.ts";
import { type RoundScore, scoreRound, type TaskReplies } from "./score.ts";
import { keptLatencies, median, type Seen, type SeenMemory } from "./seen.ts";
import type { RoundSummary } from "./summary.ts";

export type SettleModules = {
  readonly subnet: SubnetDefinition;
  readonly rounds: RoundStore;
  readonly scores: ScoreStore;
  readonly nowMs: () => number;
  /** What this process wrote last, so that it need not read it. */
  readonly memory?: SeenMemory | undefined;
  /** Told of every round that is counted, once more after a crash; never throws. */
  readonly witness?: RoundWitness | undefined;
};

/** Keeps evidence of rounds. */
export type RoundWitness = {
  readonly counted: (round: {
    readonly plan: Plan;
    readonly replies: readonly TaskReplies[];
    readonly scores: readonly RoundScore[];
  }) => Promise<void>;
};

/** A round after settling: what the script answered, the numbers of the round, and the author's faults. */
export type SettledRound = {
  readonly result: SettleResult;
  readonly summary: RoundSummary;
  readonly scores: readonly RoundScore[];
  readonly faults: readonly AppError[];
};

/**
 * Scores a round from its plan and its stored outcomes and counts it with one script: exactly once however often this runs, because every
 * run sees the same plan and the same first outcomes. Throws E_PLAN_MISSING when the plan is gone.
 */
export async function settleRound(round: number, modules: SettleModules, signal: AbortSignal): Promise<SettledRound> {
  const { rounds, subnet, nowMs } = modules;
  const plan = await rounds.plan(round);
  if (plan === undefined) throw appError("E_PLAN_MISSING", { round });
  const replies = await Promise.all(plan.tasks.map((task) => repliesOf(plan, task.id, modules, signal)));
  const { scores, faults } = scoreRound(plan, subnet, replies);
  const before = await seenBefore(scores, modules);
  signal.throwIfAborted();
  const summary = summarise(plan, scores, nowMs());
  const settled = scores.map(
    (score): SettledScore => ({
      hotkey: score.hotkey,
      score: score.score,
      seen: seenNow(plan, score, before.get(score.hotkey)),
    }),
  );
  const result = await rounds.settle(plan, settled, summary);
  if (result === "applied")
    modules.memory?.keep(
      round,
      before,
      settled.map(({ hotkey, seen }) => [hotkey, seen]),
    );
  if (result === "applied" || result === "already") await modules.witness?.counted({ plan, replies, scores });
  return { result, summary, scores, faults };
}

/** What was seen of these miners before the round. */
async function seenBefore(
  scored: readonly RoundScore[],
  { rounds, scores, memory }: SettleModules,
): Promise<ReadonlyMap<string, Seen>> {
  const known = memory?.after(await rounds.lastSettled()) ?? new Map<string, Seen>();
  const missing = scored.flatMap(({ hotkey }) => (known.has(hotkey) ? [] : [hotkey]));
  return missing.length === 0 ? known : new Map([...known, ...(await scores.seen(missing))]);
}

async function repliesOf(
  plan: Plan,
  taskId: string,
  { rounds, subnet }: SettleModules,
  signal: AbortSignal,
): Promise<TaskReplies> {
  const [outcomes, made] = await Promise.all([
    rounds.outcomes(plan.round, taskId),
    challengeOf(plan, taskOf(subnet, taskId), signal),
  ]);
  return { taskId, challenge: made.challenge, outcomes };
}

/** The numbers of a round. Pure. */
export function summarise(plan: Plan, scores: readonly RoundScore[], nowMs: number): RoundSummary {
  const counts = countOutcomes(scores.map((score) => score.outcome));
  const latencies = scores.flatMap(({ outcome }) => (outcome.kind === "answered" ? [outcome.latencyMs] : []));
  return {
    round: plan.round,
    block: plan.block,
    of: plan.miners.length,
    ...counts,
    skipped: plan.miners.length - scores.length,
    medianLatencyMs: median(latencies) ?? null,
    tookMs: Math.max(0, nowMs - plan.plannedAtMs),
    settledAtMs: nowMs,
  };
}

/** What is kept of a miner after a round. Pure. Latencies of answers only, newest last, bounded. */
export function seenNow(plan: Plan, { uid, score, outcome }: RoundScore, before: Seen | undefined): Seen {
  const latencies = before?.latencies ?? [];
  return {
    round: plan.round,
    uid,
    score,
    outcome: outcome.kind,
    reason: outcomeReason(outcome),
    latencies:
      outcome.kind === "answered" ? [...latencies, Math.round(outcome.latencyMs)].slice(-keptLatencies) : latencies,
  };
}
