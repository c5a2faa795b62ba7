import { type AppError, appError } from "@subnetkit/shared/errors/app-error";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import { linkAbort } from "@subnetkit/shared/util/linkAbort";
import type { RoundStore, SettledScore, SettleResult } from "../store/round-store.ts";
import type { ScoreStore } from "../store/score-store.ts";
import { countOutcomes, outcomeReason } from "./outcome.ts";
import type { Plan } from "./plan-record.ts";
import { foreignPlan } from "./plan-version.ts";
import type { AskedTask, RoundScore } from "./score.ts";
import { type RoundScorer, scorerHere } from "./scorer/round-scorer.ts";
import type { ScorerCall } from "./scorer/scorer-call.ts";
import { keptLatencies, median, type Seen, type SeenMemory } from "./seen.ts";
import type { RoundSummary } from "./summary.ts";
import type { SettleTurns } from "./turns.ts";

export type SettleModules = {
  readonly subnet: SubnetDefinition;
  readonly rounds: RoundStore;
  readonly scores: ScoreStore;
  /** Runs the author's scorer; default: here. */
  readonly scorer?: RoundScorer | undefined;
  readonly nowMs: () => number;
  /** What this process wrote last, so that it need not read it. */
  readonly memory?: SeenMemory | undefined;
  /** Whose turn it is when several rounds are settled at once; without it only the settle script knows. */
  readonly turns?: SettleTurns | undefined;
  /** Told of every round that is counted, once more after a crash; never throws. */
  readonly witness?: RoundWitness | undefined;
};

/** Keeps evidence of rounds. */
export type RoundWitness = {
  readonly counted: (round: ScoredPlan) => Promise<void>;
};

/** A round that is scored: what went in and what came out. */
export type ScoredPlan = {
  readonly plan: Plan;
  readonly replies: readonly AskedTask[];
  readonly scores: readonly RoundScore[];
  /** Calls of the scorer that did not come back. */
  readonly givenUp: readonly ScorerCall[];
  /** What the author's code did wrong. */
  readonly faults: readonly AppError[];
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
 * run sees the same plan and the same first outcomes. Throws E_PLAN_MISSING when the plan is gone, and what scorePlan throws.
 */
export async function settleRound(round: number, modules: SettleModules, signal: AbortSignal): Promise<SettledRound> {
  const { rounds, nowMs } = modules;
  const plan = await rounds.plan(round);
  if (plan === undefined) throw appError("E_PLAN_MISSING", { round });
  const turn = (until: AbortSignal): Promise<number | undefined> =>
    modules.turns?.wait(round, until) ?? rounds.lastSettled();
  // Scored while the rounds before are still under way. When one of the two fails, the other is of no use.
  const stop = new AbortController();
  const unlink = linkAbort(signal, stop);
  const [scored, early] = await Promise.all([scorePlan(plan, modules, stop.signal), turn(stop.signal)])
    .catch((error: unknown) => {
      stop.abort();
      throw error;
    })
    .finally(unlink);
  const { scores, faults, givenUp } = scored;
  const lastSettled = early ?? (await turn(signal));
  if (lastSettled === undefined)
    return { result: "too-early", summary: summarise(plan, scores, nowMs()), scores, faults };
  const before = await seenBefore(scores, lastSettled, modules);
  signal.throwIfAborted();
  const summary = summarise(plan, scores, nowMs());
  const settled = scores.map(
    (score): SettledScore => ({
      hotkey: score.hotkey,
      score: score.score,
      seen: seenNow(plan, score, before.get(score.hotkey)),
    }),
  );
  const result = await rounds.settle(plan, settled, summary, givenUp);
  // Another process has given up a call that came back here: the round is counted without it everywhere.
  if (result === "outdated") return await settleRound(round, modules, signal);
  if (result === "applied")
    modules.memory?.keep(
      round,
      before,
      settled.map(({ hotkey, seen }) => [hotkey, seen]),
    );
  if (result === "applied" || result === "already") {
    // Told before the next round may go: the witness keeps the order it is told in.
    const witnessed = modules.witness?.counted(scored);
    modules.turns?.passed(round);
    await witnessed;
  }
  return { result, summary, scores, faults };
}

/** What was seen of these miners before the round. */
async function seenBefore(
  scored: readonly RoundScore[],
  lastSettled: number,
  { scores, memory }: SettleModules,
): Promise<ReadonlyMap<string, Seen>> {
  const known = memory?.after(lastSettled) ?? new Map<string, Seen>();
  const missing = scored.flatMap(({ hotkey }) => (known.has(hotkey) ? [] : [hotkey]));
  return missing.length === 0 ? known : new Map([...known, ...(await scores.seen(missing))]);
}

/** What a round is scored with. */
export type ScoringModules = Pick<SettleModules, "subnet" | "scorer"> & {
  readonly rounds: Pick<RoundStore, "outcomes" | "givenUp" | "giveUp">;
};

/**
 * Scores a round from what the store has of it. A call of the scorer that does not come back is kept with the round before anything is counted: whoever
 * scores the round again comes to the same scores, and does not wait for it once more. Throws E_PLAN_VERSION for a round of another version of the subnet.
 */
export async function scorePlan(plan: Plan, modules: ScoringModules, signal: AbortSignal): Promise<ScoredPlan> {
  const { rounds, subnet, scorer = scorerHere(subnet) } = modules;
  const foreign = foreignPlan(plan, subnet);
  if (foreign !== undefined) throw foreign;
  const [outcomes, known] = await Promise.all([
    Promise.all(plan.tasks.map(({ id }) => rounds.outcomes(plan.round, id))),
    rounds.givenUp(plan.round),
  ]);
  const { scores, faults, requests, givenUp } = await scorer.score({ plan, outcomes, givenUp: known }, signal);
  if (givenUp.length > known.length) await rounds.giveUp(plan.round, givenUp);
  const replies = plan.tasks.map(
    ({ id: taskId }, i): AskedTask => ({
      taskId,
      requestSha256: requests[i] ?? "",
      outcomes: outcomes[i] ?? new Map(),
    }),
  );
  return { plan, replies, scores, givenUp, faults };
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
