import type { AppError } from "@subnetkit/shared/errors/app-error";
import { type AnyTask, scoreOrganic } from "@subnetkit/shared/subnet";
import { roundEnv } from "../round/challenge.ts";
import { queryOutcome } from "../round/outcome.ts";
import type { Plan } from "../round/plan-record.ts";
import { taskCall } from "../round/scorer/scorer-call.ts";
import { type Enter, watchedTask } from "../round/scorer/watched-task.ts";

/** What the pairs of a round earned, by hotkey, in the order of the plan; and what the author's code did wrong. */
export type PairScores = {
  readonly scores: ReadonlyMap<string, readonly number[]>;
  readonly faults: readonly AppError[];
};

/** Scores the pairs of one task that a plan has. Pure. Those that the task does not judge, or of miners that the plan does not have, are left out. */
export function scoreOrganicPairs(plan: Plan, task: AnyTask, enter: Enter): PairScores {
  const scores = new Map<string, number[]>();
  const faults: AppError[] = [];
  const uids = new Map(plan.miners.map(({ hotkey, uid }) => [hotkey, uid]));
  for (const { id, taskId, hotkey, request, outcome } of plan.organic ?? []) {
    const uid = uids.get(hotkey);
    if (taskId !== task.id || uid === undefined) continue;
    const calls = { callFor: () => ({ what: "answer", taskId, of: id }) as const, after: taskCall(taskId) };
    const earned = scoreOrganic(
      watchedTask(task, enter, calls, () => enter({ what: "request", taskId, of: id })),
      { request: JSON.parse(request) as unknown, outcome: queryOutcome(uid, outcome), label: id },
      roundEnv(plan),
    );
    faults.push(...earned.faults);
    if (earned.score !== undefined) scores.set(hotkey, [...(scores.get(hotkey) ?? []), earned.score]);
  }
  return { scores, faults };
}
