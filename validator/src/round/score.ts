import { type AppError, isAppError } from "@subnetkit/shared/errors/app-error";
import { type MadeChallenge, scoreReplies, type SubnetDefinition } from "@subnetkit/shared/subnet";
import { scoreOrganicPairs } from "../organic/score-pairs.ts";
import { roundEnv, taskOf } from "./challenge.ts";
import { type Outcome, queryOutcome } from "./outcome.ts";
import type { Plan } from "./plan-record.ts";
import { taskCall } from "./scorer/scorer-call.ts";
import { enterBy, type ScoringWatch, trueFault, unwatched, watchedTask } from "./scorer/watched-task.ts";

/** What is known of one task of a round when it is scored. */
export type TaskReplies = {
  readonly taskId: string;
  readonly challenge: MadeChallenge["challenge"];
  readonly outcomes: ReadonlyMap<string, Outcome>;
};

/** What is known of one task of a round once it is scored. */
export type AskedTask = Pick<TaskReplies, "taskId" | "outcomes"> & {
  /** SHA-256 of the request that every miner got. */
  readonly requestSha256: string;
};

/** A miner's score of a round, 0 to 1, with the outcome shown for it: the worst of its tasks. */
export type RoundScore = {
  readonly hotkey: string;
  readonly uid: number;
  readonly score: number;
  readonly outcome: Outcome;
};

/** The scores of a round, and what the author's code did wrong. Miners without an outcome in any task are absent: they were not asked. */
export type ScoredRound = { readonly scores: readonly RoundScore[]; readonly faults: readonly AppError[] };

/**
 * Scores a round. Pure: the same plan, outcomes and calls given up give the same scores, bit for bit. A miner's score is the mean of its tasks weighted by
 * their shares, over the tasks it was asked; a task whose scorer failed as a whole counts for nobody (a scorer that fails on one reply scores
 * that reply 0, else a miner could freeze its average with a reply that breaks the scorer). A call that was given up counts as one that failed. What a miner answered users counts in a task as much as a
 * challenge each: the task's score is their mean.
 */
export function scoreRound(
  plan: Plan,
  subnet: SubnetDefinition,
  replies: readonly TaskReplies[],
  watch: ScoringWatch = unwatched,
): ScoredRound {
  const enter = enterBy(watch);
  const hotkeys = new Map(plan.miners.map(({ hotkey, uid }) => [uid, hotkey]));
  const faults: AppError[] = [];
  const sums = new Map<string, { score: number; share: number; outcome: Outcome }>();
  for (const { taskId, challenge, outcomes } of replies) {
    const share = plan.tasks.find((task) => task.id === taskId)?.share ?? 0;
    const asked = plan.miners.flatMap((miner) => {
      const outcome = outcomes.get(miner.hotkey);
      return outcome === undefined ? [] : [{ miner, outcome }];
    });
    const whole = taskCall(taskId);
    try {
      enter(whole);
    } catch (error) {
      if (!isAppError(error, "E_SCORER_TIMEOUT")) throw error;
      faults.push(error);
      continue;
    }
    const task = taskOf(subnet, taskId);
    const callFor = (uid: number) => ({ what: "reply", taskId, of: hotkeys.get(uid) ?? "" }) as const;
    const result = scoreReplies(
      watchedTask(task, enter, { callFor, after: whole }),
      challenge,
      asked.map(({ miner, outcome }) => queryOutcome(miner.uid, outcome)),
      roundEnv(plan),
    );
    const organic = scoreOrganicPairs(plan, task, enter);
    faults.push(...[...result.faults, ...organic.faults].map(trueFault));
    if (result.voided) continue;
    for (const [i, { miner, outcome }] of asked.entries()) {
      const scored = result.scores[i];
      if (scored === undefined) continue;
      const sum = sums.get(miner.hotkey);
      const earned = [scored.score, ...(organic.scores.get(miner.hotkey) ?? [])];
      sums.set(miner.hotkey, {
        score: (sum?.score ?? 0) + (earned.reduce((total, one) => total + one, 0) / earned.length) * share,
        share: (sum?.share ?? 0) + share,
        outcome: sum === undefined || sum.outcome.kind === "answered" ? outcome : sum.outcome,
      });
    }
  }
  const scores = plan.miners.flatMap(({ hotkey, uid }): RoundScore[] => {
    const sum = sums.get(hotkey);
    return sum === undefined ? [] : [{ hotkey, uid, score: Math.min(1, sum.score / sum.share), outcome: sum.outcome }];
  });
  return { scores, faults };
}
