import { appError } from "@subnetkit/shared/errors/app-error";
import type { RedisClient } from "../queue/connection.ts";
import { type Outcome, outcomeSchema } from "../round/outcome.ts";
import type { Plan } from "../round/plan-record.ts";
import { type RoundSummary, roundSummarySchema } from "../round/summary.ts";
import { callText, type ScorerCall, scorerCallSchema } from "../round/scorer/scorer-call.ts";
import type { Seen } from "../round/seen.ts";
import { type BeforeSettle, parseBeforeSettle } from "./before-settle.ts";
import type { StateKeys } from "./keys.ts";
import type { Replicate } from "./replicate.ts";
import { createPlanReader, pinText } from "./plan-reader.ts";
import { readTogether } from "./read-together.ts";
import { runScript } from "./run-script.ts";
import { abandonRoundScript } from "./scripts/abandon-round.ts";
import { giveUpScript } from "./scripts/give-up.ts";
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

/** Which rounds are to be counted, and after which. */
export type RoundOrder = {
  /** The last settled round, -1 for none. */
  readonly lastSettled: number;
  /** Rounds planned and neither settled nor given up, ascending. */
  readonly open: readonly number[];
};

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
  /**
   * Keeps first outcomes. `settled`: the round is over, `replanned`: it has another plan than the one the miners were asked by, if that is given; nothing was
   * written.
   */
  stage(
    round: number,
    taskId: string,
    outcomes: readonly (readonly [hotkey: string, outcome: Outcome])[],
    askedBy?: Plan,
  ): Promise<"staged" | "settled" | "replanned">;
  /** Hotkeys that have an outcome for a task. */
  stagedHotkeys(round: number, taskId: string): Promise<ReadonlySet<string>>;
  /** All outcomes of a task by hotkey. */
  outcomes(round: number, taskId: string): Promise<ReadonlyMap<string, Outcome>>;
  /** Calls of the scorer that did not come back in a round: whoever scores it again does not make them. */
  givenUp(round: number): Promise<readonly ScorerCall[]>;
  /** Keeps such calls, besides those that are kept. `settled`: the round is counted without them, nothing was written. */
  giveUp(round: number, calls: readonly ScorerCall[]): Promise<"kept" | "settled">;
  /**
   * Counts a round once, in order. `outdated`: the round has given up other calls of the scorer by now than the scores were made with (default none), or a
   * failover has brought another plan of it; nothing was written. Throws E_SETTLE_INPUT for a score outside 0..1 before anything is written.
   */
  settle(
    plan: Plan,
    scores: readonly SettledScore[],
    summary: RoundSummary,
    givenUp?: readonly ScorerCall[],
  ): Promise<SettleResult | "outdated">;
  /** What settling a round found, undefined for one that is not settled, or was too long ago. */
  before(round: number): Promise<BeforeSettle | undefined>;
  /** Gives up an open round without counting it. */
  abandon(round: number): Promise<boolean>;
  /** The last settled round, -1 for none. */
  lastSettled(): Promise<number>;
  /** Rounds planned and neither settled nor given up, ascending. */
  open(): Promise<readonly number[]>;
  /** Both of these in one go. */
  order(): Promise<RoundOrder>;
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
  const plans = createPlanReader(redis, keys);

  async function confirm(round: number): Promise<void> {
    if (replicate === undefined) return;
    // A master that has taken over meanwhile may not know of the round: then it is counted there again.
    if (Number((await replicate(keys.last)) ?? -1) < round) throw appError("E_REDIS_NOT_REPLICATED");
  }

  return {
    async pin(plan, leaving = []) {
      const text = pinText(plan);
      const answer = await runScript(
        redis,
        pinPlanScript,
        [keys.last, keys.open, keys.plan(plan.round), keys.organic],
        [plan.round, text, roundKeepS.open, ...leaving],
      );
      const [kind, earlier] = answer as ["pinned" | "stale" | "taken", string?];
      return kind === "pinned" ? { kind, plan: plans.keep(plan.round, earlier ?? text) } : { kind };
    },
    plan: plans.read,
    async stage(round, taskId, outcomes, askedBy) {
      if (outcomes.length === 0) return "staged";
      const pairs = outcomes.flatMap(([hotkey, outcome]) => [hotkey, JSON.stringify(outcome)]);
      const added = await runScript(
        redis,
        stageRepliesScript,
        [keys.last, keys.replies(round, taskId), keys.plan(round)],
        [round, roundKeepS.open, askedBy === undefined ? "" : plans.headOf(askedBy), ...pairs],
      );
      if (added === -2) return "replanned";
      return added === -1 ? "settled" : "staged";
    },
    async stagedHotkeys(round, taskId) {
      return new Set(await redis.hkeys(keys.replies(round, taskId)));
    },
    async outcomes(round, taskId) {
      const all = await redis.hgetall(keys.replies(round, taskId));
      return new Map(Object.entries(all).map(([hotkey, text]) => [hotkey, outcomeSchema.parse(JSON.parse(text))]));
    },
    async givenUp(round) {
      const texts = await redis.smembers(keys.givenUp(round));
      // The same order for everybody, whatever order the set has.
      return texts.sort().map((text) => scorerCallSchema.parse(JSON.parse(text)));
    },
    async giveUp(round, calls) {
      const names = [keys.last, keys.givenUp(round)];
      const added = await runScript(redis, giveUpScript, names, [round, roundKeepS.open, ...calls.map(callText)]);
      return added === -1 ? "settled" : "kept";
    },
    async settle(plan, scores, summary, givenUp = []) {
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
          keys.givenUp(plan.round),
          keys.before(plan.round),
        ],
        [
          plan.round,
          plan.alpha,
          JSON.stringify(summary),
          keptSummaries,
          roundKeepS.settled,
          givenUp.length,
          plans.headOf(plan),
          ...scores.flatMap(({ hotkey, score, seen }) => [hotkey, String(score), JSON.stringify(seen)]),
        ],
      );
      if (answer === 1 || answer === 0) {
        await confirm(plan.round);
        return answer === 1 ? "applied" : "already";
      }
      if (answer === -1) return "too-early";
      if (answer === -3) return "abandoned";
      if (answer === -4) return "outdated";
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
    async order() {
      const [last, open] = await readTogether(redis, (pipeline) => pipeline.get(keys.last).zrange(keys.open, 0, "-1"));
      return { lastSettled: Number(last ?? -1), open: (open as string[]).map(Number) };
    },
    counted: () => redis.llen(keys.rounds),
    async summaries(count) {
      return (await redis.lrange(keys.rounds, 0, count - 1)).map((text) => roundSummarySchema.parse(JSON.parse(text)));
    },
  };
}
