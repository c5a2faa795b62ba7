import { appError } from "@subnetkit/shared/errors/app-error";
import type { Redis } from "ioredis";
import { type Outcome, outcomeSchema } from "../round/outcome.ts";
import { type Plan, planSchema } from "../round/plan-record.ts";
import { type RoundSummary, roundSummarySchema } from "../round/summary.ts";
import type { Seen } from "../round/seen.ts";
import { type BeforeSettle, parseBeforeSettle } from "./before-settle.ts";
import type { StateKeys } from "./keys.ts";
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
  /** Pins a plan, first writer wins. `stale`: the round is settled. */
  pin(plan: Plan): Promise<{ kind: "pinned"; plan: Plan } | { kind: "stale" }>;
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

/** Makes the store over a connection that fails fast (see queue/connection.ts). */
export function createRoundStore(redis: Redis, keys: StateKeys): RoundStore {
  return {
    async pin(plan) {
      const answer = await runScript(
        redis,
        pinPlanScript,
        [keys.last, keys.open, keys.plan(plan.round)],
        [plan.round, JSON.stringify(plan), roundKeepS.open],
      );
      const [kind, pinned] = answer as [string, string?];
      return kind === "pinned" && pinned !== undefined ? { kind, plan: parsePlan(pinned) } : { kind: "stale" };
    },
    async plan(round) {
      const text = await redis.get(keys.plan(round));
      return text === null ? undefined : parsePlan(text);
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
      if (answer === 1) return "applied";
      if (answer === 0) return "already";
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

function parsePlan(text: string): Plan {
  return planSchema.parse(JSON.parse(text));
}
