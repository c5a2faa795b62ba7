import { type AppError, appError } from "../errors/app-error.ts";
import { assertNever } from "../util/assertNever.ts";
import type { AnyTask, Challenge, Reply } from "./define-task.ts";
import { parseWith } from "./parse-with.ts";
import { type ScoreEnv, splitEnv } from "./score-env.ts";

/** Why a query brought no reply to score. */
export type QueryFailure = "late" | "refused" | "malformed" | "unreachable";

/** What became of one query. `body` is whatever JSON the miner sent; its schema is checked here. */
export type QueryOutcome =
  | { readonly kind: "answered"; readonly uid: number; readonly body: unknown; readonly latencyMs: number }
  | { readonly kind: QueryFailure; readonly uid: number };

/** A miner's score in a round: 0 to 1, and why. `scorerFault` is the author's error, not the miner's. */
export type MinerScore = {
  readonly uid: number;
  readonly score: number;
  readonly reason: "scored" | QueryFailure | "scorerFault";
};

/** The scores of a round of one task, one per outcome and in the same order. */
export type RoundScores = {
  readonly scores: readonly MinerScore[];
  /** What the author's code did wrong: E_SCORER_THREW and E_SCORER_RESULT. */
  readonly faults: readonly AppError[];
  /** True when a `round` scorer failed: the scores are all 0 and should not move anybody's average, or one hostile reply could zero everyone. */
  readonly voided: boolean;
};

/**
 * Scores one round of one task. Failures and replies that do not fit the response schema score 0 and never reach the author; the author sees replies sorted by uid,
 * with a random source that does not depend on who else answered (`each`) or on the order of arrival (`round`). Exceptions and results that are not finite numbers
 * become faults and 0; finite results are clamped to 0..1 (a negative one is a fault as well). Never throws on what an author or a miner does.
 */
export function scoreReplies(
  task: AnyTask,
  challenge: Challenge<unknown, unknown>,
  outcomes: readonly QueryOutcome[],
  env: ScoreEnv,
): RoundScores {
  const faults: AppError[] = [];
  const failures = new Map<number, QueryFailure>();
  const replies: Reply<unknown>[] = [];
  for (const outcome of outcomes) {
    const reply = outcome.kind === "answered" ? parseReply(task, outcome) : undefined;
    if (reply !== undefined) replies.push(reply);
    else failures.set(outcome.uid, outcome.kind === "answered" ? "malformed" : outcome.kind);
  }
  replies.sort((a, b) => a.uid - b.uid);

  const results = runScorer(task, challenge, replies, env, faults);
  const scored = new Map<number, MinerScore>();
  for (const [i, { uid }] of replies.entries())
    scored.set(uid, judge(task, uid, results === undefined ? threw : results[i], faults));
  const scores = outcomes.map(
    ({ uid }) => scored.get(uid) ?? { uid, score: 0, reason: failures.get(uid) ?? ("malformed" as const) },
  );
  return { scores, faults, voided: results === undefined };
}

/** The reply with the body its schema makes of it, or undefined when it does not fit. */
function parseReply(task: AnyTask, outcome: Extract<QueryOutcome, { kind: "answered" }>): Reply<unknown> | undefined {
  const parsed = parseWith(task.response, outcome.body);
  const latencyMs = Number.isFinite(outcome.latencyMs) ? Math.max(0, outcome.latencyMs) : task.limits.timeoutMs;
  return parsed && { uid: outcome.uid, body: parsed.data, latencyMs };
}

/** Stands for the result of a call that threw: the fault is noted already. */
const threw = Symbol("threw");

/** The author's results by position, {@link threw} where it did; undefined as a whole when a `round` scorer failed. */
function runScorer(
  task: AnyTask,
  challenge: Challenge<unknown, unknown>,
  replies: readonly Reply<unknown>[],
  env: ScoreEnv,
  faults: AppError[],
): readonly unknown[] | undefined {
  const { scorer } = task;
  switch (scorer.kind) {
    case "each":
      return replies.map((reply) => {
        try {
          return scorer.score(challenge, reply, splitEnv(env, `score/${task.id}/${reply.uid}`));
        } catch (cause) {
          faults.push(appError("E_SCORER_THREW", { task: task.id, uid: reply.uid }, { cause }));
          return threw;
        }
      });
    case "round": {
      if (replies.length === 0) return [];
      let results: unknown;
      try {
        results = scorer.score(challenge, replies, splitEnv(env, `score/${task.id}`));
      } catch (cause) {
        faults.push(appError("E_SCORER_THREW", { task: task.id }, { cause }));
        return undefined;
      }
      if (Array.isArray(results) && results.length === replies.length) return results;
      const length = Array.isArray(results) ? `${results.length} scores` : "no list";
      faults.push(appError("E_SCORER_RESULT", { task: task.id, problem: `${length} for ${replies.length} replies` }));
      return undefined;
    }
    default:
      return assertNever(scorer, "a scorer");
  }
}

function judge(task: AnyTask, uid: number, result: unknown, faults: AppError[]): MinerScore {
  // The fault is already noted.
  if (result === threw) return { uid, score: 0, reason: "scorerFault" };
  if (typeof result !== "number" || !Number.isFinite(result) || result < 0) {
    const problem = typeof result === "number" || result === undefined ? String(result) : `a ${typeof result}`;
    faults.push(appError("E_SCORER_RESULT", { task: task.id, uid, problem }));
    return { uid, score: 0, reason: "scorerFault" };
  }
  return { uid, score: Math.min(1, result), reason: "scored" };
}
