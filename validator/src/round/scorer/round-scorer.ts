import type { AppError } from "@subnetkit/shared/errors/app-error";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import { challengeOf, requestHash, taskOf } from "../challenge.ts";
import type { Outcome } from "../outcome.ts";
import type { Plan } from "../plan-record.ts";
import { type RoundScore, scoreRound, type TaskReplies } from "../score.ts";
import { type ScorerCall, taskCall } from "./scorer-call.ts";

/** All that the scores of a round follow from, besides the subnet. */
export type RoundInput = {
  readonly plan: Plan;
  /** The outcomes of each task by hotkey, in the order of the plan's tasks. */
  readonly outcomes: readonly ReadonlyMap<string, Outcome>[];
  /** Calls of the scorer that did not come back earlier: they are not made again. */
  readonly givenUp: readonly ScorerCall[];
};

/** A scored round. */
export type RoundResult = {
  readonly scores: readonly RoundScore[];
  /** What the author's code did wrong. */
  readonly faults: readonly AppError[];
  /** SHA-256 of each task's request, in the order of the plan's tasks. */
  readonly requests: readonly string[];
  /** Those of the input, and those that were given up now. */
  readonly givenUp: readonly ScorerCall[];
};

/** Scores rounds. Throws what challengeOf throws, and E_ABORTED. */
export interface RoundScorer {
  score(input: RoundInput, signal: AbortSignal): Promise<RoundResult>;
}

/** Scores a round here and now, as every other scorer must: bit for bit. `onCall` is told of every call of the author's code before it is made. */
export async function scoreHere(
  subnet: SubnetDefinition,
  { plan, outcomes, givenUp }: RoundInput,
  { signal, onCall }: { readonly signal?: AbortSignal; readonly onCall?: (call: ScorerCall) => void } = {},
): Promise<RoundResult> {
  const replies: TaskReplies[] = [];
  for (const [i, { id }] of plan.tasks.entries()) {
    onCall?.(taskCall(id));
    const { challenge } = await challengeOf(plan, taskOf(subnet, id), signal);
    replies.push({ taskId: id, challenge, outcomes: outcomes[i] ?? new Map() });
  }
  return { ...scoreRound(plan, subnet, replies, { givenUp, onCall }), requests: replies.map(requestHash), givenUp };
}

/** Scores in the process that asks: for tools, whose author's code may take the time it takes. */
export function scorerHere(subnet: SubnetDefinition): RoundScorer {
  return { score: (input, signal) => scoreHere(subnet, input, { signal }) };
}
