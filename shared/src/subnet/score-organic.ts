import { type AppError, appError, isAppError } from "../errors/app-error.ts";
import type { AnyTask, Challenge } from "./define-task.ts";
import { isRecord } from "./is-record.ts";
import { makeRequest } from "./make-challenge.ts";
import { type ScoreEnv, splitEnv } from "./score-env.ts";
import { type QueryOutcome, scoreReplies } from "./score-replies.ts";

/** What a user's request earned the miner that got it: a score of 0 to 1, or nothing, when it cannot be judged. */
export type OrganicScore = { readonly score: number | undefined; readonly faults: readonly AppError[] };

/**
 * Scores what one miner made of one request of the subnet's users. `label` tells requests of a round apart. Pure. A request that the task does not judge, or
 * whose hook fails, earns nothing: the miner's score is what it would be without it. Never throws on what an author, a user or a miner does.
 */
export function scoreOrganic(
  task: AnyTask,
  { request, outcome, label }: { readonly request: unknown; readonly outcome: QueryOutcome; readonly label: string },
  env: ScoreEnv,
): OrganicScore {
  const { scorer } = task;
  if (scorer.kind !== "each" || scorer.organic === undefined) return { score: undefined, faults: [] };
  let challenge: Challenge<unknown, unknown> | undefined;
  try {
    const parsed = makeRequest(task, request).request;
    challenge = scorer.organic(parsed, splitEnv(env, `organic/${task.id}/${label}`));
  } catch (cause) {
    const faults = isAppError(cause, "E_CHALLENGE_INVALID")
      ? []
      : [appError("E_SCORER_THREW", { task: task.id }, { cause })];
    return { score: undefined, faults };
  }
  if (challenge === undefined) return { score: undefined, faults: [] };
  if (!isRecord(challenge) || !("request" in challenge) || !("key" in challenge)) {
    const problem = "scorer.organic gave no { request, key }";
    return { score: undefined, faults: [appError("E_SCORER_RESULT", { task: task.id, problem })] };
  }
  const { scores, faults } = scoreReplies(task, challenge, [outcome], splitEnv(env, `organic/score/${label}`));
  return { score: scores[0]?.score, faults };
}

/** True for a task whose replies to users can be scored. */
export function scoresOrganic({ scorer }: Pick<AnyTask, "scorer">): boolean {
  return scorer.kind === "each" && scorer.organic !== undefined;
}
