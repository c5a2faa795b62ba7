import { z } from "zod";

/**
 * One call of the author's code while a round is scored: of the scorer for a miner's reply (`of` is its hotkey), of `organic` for a user's request, of the
 * scorer for the answer that request got (`of` is the pair's id), or anything else of a task (`of` is its id): its challenge, its schemas, a scorer of kind
 * "round".
 */
export const scorerCallSchema = z.object({
  what: z.enum(["task", "reply", "request", "answer"]),
  taskId: z.string(),
  of: z.string(),
});

export type ScorerCall = z.output<typeof scorerCallSchema>;

/** The same call always has the same text. */
export function callText({ what, taskId, of }: ScorerCall): string {
  return JSON.stringify({ what, taskId, of } satisfies ScorerCall);
}

/** Everything of a task that is no call for one reply or pair. */
export function taskCall(taskId: string): ScorerCall {
  return { what: "task", taskId, of: taskId };
}
