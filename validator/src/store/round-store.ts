import { appError } from "@subnetkit/shared/errors/app-error";
import { createBoundedMap } from "@subnetkit/shared/util/boundedMap";
import type { RedisClient } from "../queue/connection.ts";
import { type Outcome, outcomeSchema } from "../round/outcome.ts";
import { type Plan, planSchema } from "../round/plan-record.ts";
import { type RoundSummary, roundSummarySchema } from "../round/summary.ts";
import type { Seen } from "../round/seen.ts";
import { type BeforeSettle, parseBeforeSettle } from "./before-settle.ts";
import type { StateKeys } from "./keys.ts";
import type { Replicate } from "./replicate.ts";
import { runScript } from "./run-script.ts";
import { abandonRoundScript } from "./scripts/abandon-round.ts";
import { pinPlanScript } from "./scripts/pin-plan.ts";
import { settleScript } from "./scripts/settle.ts";
import { stageRepliesScript } from "./scripts/stage-replies.ts";

/** Seconds a plan and its replies are kept while the round is open, and after it is settled. */
export const roundKeepS = { open: 86_400, settled: 3_600 } as const;

/** Summaries of settled rounds kept. */
export const keptSummaries = 200;

/** One miner's part of a settled round. */
export type SettledScore = { readonly hotkey: string; readonly score: number; readonly seen: Seen };

/** What settling answered: counted now, counted before, not yet (an earlier round is open), or never (the round was given up). */
export type SettleResult = "applied" | "already" | "too-early" | "abandoned";

/** The rounds of one subnet in Redis. Every method is one command or one script, safe to repeat. */
export interface RoundStore {
  /**
   * Pins a plan, first writer wins; with it `leaving` leaves the queue of organic pairs. `stale`: the round is settled. `taken`: another plan has taken
   * one of the pairs since they were read; nothing is pinned.
   */
  pin(
    plan: Plan,
    leaving?: readonly string[],
  ): Promise<{ kind: "pinned"; plan: Plan } | { kind: "stale" } | { kind: "taken" }>;
  /** The pinned plan of a round, undefined when it has none (any more). */
  plan(round: number): Promise<Plan | undefined>;
  /** Keeps first outcomes. `settled`: the round is over, nothing was written. */
  stage(
    round: number,
    taskId: string,
    outcomes: readonly (readonly [hotkey: string, outcome: Outcome])[],
  ): Promise<"staged" | "settled">;
  /** Hotkeys that have an outcome for a task. */
  stagedHotkeys(round: number, taskId: string): Promise<ReadonlySet<string>>;
  /** All outcomes of a task by hotkey. */
  outcomes(round: number, taskId: string): Promise<ReadonlyMap<string, Outcome>>;
  /** Counts a round once, in order. Throws E_SETTLE_INPUT for a score outside 0..1 before anything is written. */
  settle(plan: Plan, scores: readonly SettledScore[], summary: RoundSummary): Promise<SettleResult>;
  /** What settling a round found, undefined for one that is not settled, or was too long ago. */
  before(round: number): Promise<BeforeSettle | undefined>;
  /** Gives up an open round without counting it. */
  abandon(round: number): Promise<boolean>;
  /** The last settled round, -1 for none. */
  lastSettled(): Promise<number>;
  /** Rounds planned and neither settled nor given up, ascending. */
  open(): Promise<readonly number[]>;
  /** Rounds settled so far, as far as summaries are kept ({@link keptSummaries}). */
  counted(): Promise<number>;
  /** Newest first. */
  summaries(count: number): Promise<readonly RoundSummary[]>;
}

/**
 * Makes the store over a connection that fails fast (see queue/connection.ts). With `replicate` a round is counted only once a replica has it too:
 * settling rejects until then, and is tried again.
 */
export function createRoundStore(redis: RedisClient, keys: StateKeys, replicate?: Replicate): RoundStore {
  const plans = createPlanReader();

  async function confirm(round: number): Promise<void> {
    if (replicate === undefined) return;
    // A master that has taken over meanwhile may not know of the round: then it is counted there again.
    if (Number((await replicate(keys.last)) ?? -1) < round) throw appError("E_REDIS_NOT_REPLICATED");
  }

  return {
    async pin(plan, leaving = []) {
      const answer = await runScript(
        redis,
        pinPlanScript,
        [keys.last, keys.open, keys.plan(plan.round), keys.organic],
        [plan.round, JSON.stringify(plan), roundKeepS.open, ...leaving],
      );
      const [kind, pinned] = answer as ["pinned" | "stale" | "taken", string?];
      if (kind !== "pinned") return { kind };
      return { kind, plan: plans.parse(pinned ?? "") };
    },
    async plan(round) {
      const text = await redis.get(keys.plan(round));
      return text === null ? undefined : plans.parse(text);
    },
    async stage(round, taskId, outcomes) {
      if (outcomes.length === 0) return "staged";
      const pairs = outcomes.flatMap(([hotkey, outcome]) => [hotkey, JSON.stringify(outcome)]);
      const added = await runScript(
        redis,
        stageRepliesScript,
        [keys.last, keys.replies(round, taskId)],
        [round, roundKeepS.open, ...pairs],
      );
      return added === -1 ? "settled" : "staged";
    },
    async stagedHotkeys(round, taskId) {
      return new Set(await redis.hkeys(keys.replies(round, taskId)));
    },
    async outcomes(round, taskId) {
      const all = await redis.hgetall(keys.replies(round, taskId));
      return new Map(Object.entries(all).map(([hotkey, text]) => [hotkey, outcomeSchema.parse(JSON.parse(text))]));
    },
    async settle(plan, scores, summary) {
      const bad = scores.find(({ score }) => !(score >= 0 && score <= 1));
      if (bad !== undefined) throw appError("E_SETTLE_INPUT", { round: plan.round, hotkey: bad.hotkey });
      const answer = await runScript(
        redis,
        settleScript,
        [
          keys.last,
          keys.open,
          keys.ema,
          keys.seen,
          keys.rounds,
          keys.plan(plan.round),
          ...plan.tasks.map((task) => keys.replies(plan.round, task.id)),
          keys.before(plan.round),
        ],
        [
          plan.round,
          plan.alpha,
          JSON.stringify(summary),
          keptSummaries,
          roundKeepS.settled,
          ...scores.flatMap(({ hotkey, score, seen }) => [hotkey, String(score), JSON.stringify(seen)]),
        ],
      );
      if (answer === 1 || answer === 0) {
        await confirm(plan.round);
        return answer === 1 ? "applied" : "already";
      }
      if (answer === -1) return "too-early";
      if (answer === -3) return "abandoned";
      throw appError("E_SETTLE_INPUT", { round: plan.round });
    },
    async before(round) {
      const text = await redis.get(keys.before(round));
      return text === null ? undefined : parseBeforeSettle(text);
    },
    async abandon(round) {
      return (await runScript(redis, abandonRoundScript, [keys.open], [round])) === 1;
    },
    async lastSettled() {
      return Number((await redis.get(keys.last)) ?? -1);
    },
    async open() {
      return (await redis.zrange(keys.open, 0, "-1")).map(Number);
    },
    counted: () => redis.llen(keys.rounds),
    async summaries(count) {
      return (await redis.lrange(keys.rounds, 0, count - 1)).map((text) => roundSummarySchema.parse(JSON.parse(text)));
    },
  };
}

/** Plans kept in mind: as many rounds as are open at once, and a few that are read late. */
const keptPlans = 8;

/**
 * Reads plans, and gives the same one for the same text: every chunk of a round reads its plan. The text itself is fetched each time, since a failover may
 * have brought another plan of the same round.
 */
function createPlanReader(): { parse(text: string): Plan } {
  const known = createBoundedMap<string, Plan>(keptPlans);
  return {
    parse(text) {
      const plan = known.get(text) ?? planSchema.parse(JSON.parse(text));
      known.set(text, plan);
      return plan;
    },
  };
}
