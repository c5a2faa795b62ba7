import type { z } from "zod";
import { checkTask } from "./check-task.ts";
import type { ChallengeEnv, ScoreEnv } from "./score-env.ts";
import type { Streaming } from "./streaming.ts";

/** A reply that arrived in time, was signed, small enough and fits the response schema: the only kind a scorer ever sees. */
export type Reply<Res> = {
  readonly uid: number;
  readonly body: Res;
  /** From sending the request to the last byte of the reply, in milliseconds, measured by the validator. */
  readonly latencyMs: number;
};

/** What is asked, and what only the validator knows about it (the answer, the seed, the rubric). The key never travels. */
export type Challenge<Req, Key> = { readonly request: Req; readonly key: Key };

/**
 * How replies become scores in 0..1.
 *
 * `each` sees one reply at a time; `round` sees all of them, sorted by uid, and returns one score per reply in that order. Both are pure: the same challenge,
 * replies and env give the same scores.
 */
export type Scorer<Req, Res, Key> =
  | {
      readonly kind: "each";
      score(challenge: Challenge<Req, Key>, reply: Reply<Res>, env: ScoreEnv): number;
      /**
       * What the reply to a request of the subnet's users is scored against: the request as a challenge, with the key that `score` needs; undefined for a request
       * that cannot be judged. Pure, like `score`. Without it such replies are passed on and never scored.
       */
      organic?(request: Req, env: ScoreEnv): Challenge<Req, Key> | undefined;
    }
  | {
      readonly kind: "round";
      score(challenge: Challenge<Req, Key>, replies: readonly Reply<Res>[], env: ScoreEnv): readonly number[];
    };

/** What the framework enforces before a scorer runs. */
export type TaskLimits = {
  /** A reply after this many milliseconds scores 0 (50 to 600,000). */
  readonly timeoutMs: number;
  /** A longer body scores 0 (1 to 16 MiB). */
  readonly maxResponseBytes: number;
};

/** How validators and miners of SDK 10 name a task on the wire (spec/wire-protocols.md 1.1). */
export type AxonNames = {
  /** Class name of the synapse, which is the path of its requests; default: the task's id in capitals, `classify-image` as `ClassifyImage`. */
  readonly synapse?: string;
  /** The class is a StreamingSynapse: answers are sent chunk by chunk, text as it is and anything else as a line of JSON. Only for a task that streams. */
  readonly stream?: boolean;
  /** The synapse's `required_hash_fields`, in its order; default none, as in SDK 10. Only these fields of a request are authenticated there. */
  readonly hashFields?: readonly string[];
};

/** One kind of work a subnet asks for. Made by {@link defineTask}. */
export type TaskDefinition<
  Req extends z.ZodType = z.ZodType,
  Res extends z.ZodType = z.ZodType,
  Key = unknown,
  Chunk extends z.ZodType = z.ZodType,
> = {
  /** Equal to the task's key in `tasks`; part of the wire path `/v1/tasks/<id>`. */
  readonly id: string;
  /** Schema of what goes on the wire. Plain JSON values, no transforms: what a miner parses is what was sent. */
  readonly request: Req;
  /** Schema of what a miner answers. Bound every string and array in it. */
  readonly response: Res;
  readonly limits: TaskLimits;
  /** Part of a miner's score this task decides, 0 to 1; give it for all tasks (sum 1) or for none (equal shares). */
  readonly share?: number;
  readonly axon?: AxonNames;
  /** For a task that is answered piece by piece. */
  readonly streaming?: Streaming<Chunk, Res>;
  /** Draws a challenge from the seeded numbers of `env`. */
  challenge(env: ChallengeEnv): Challenge<z.output<Req>, Key> | Promise<Challenge<z.output<Req>, Key>>;
  readonly scorer: Scorer<z.output<Req>, z.output<Res>, Key>;
};

/** Any task. Only the framework, which checks values with the task's own schemas, may call one through this type. */
export type AnyTask = TaskDefinition;

/** Every key that some member of a union has. */
type KeysOf<T> = T extends unknown ? keyof T : never;

/** Turns fields of a drawn request that its schema does not have (a leaked key, say) into a compile error. */
type NoExtraFields<Made, Allowed> = { readonly [K in Exclude<KeysOf<Made>, KeysOf<Allowed>>]: never };

/** What an author writes: a {@link TaskDefinition} whose drawn request may not have a field beyond its schema. */
export type TaskInput<
  Req extends z.ZodType,
  Res extends z.ZodType,
  Key,
  Made extends z.output<Req>,
  Chunk extends z.ZodType = never,
> = Omit<TaskDefinition<Req, Res, Key, Chunk>, "challenge" | "scorer" | "streaming"> & {
  challenge(
    env: ChallengeEnv,
  ):
    | Challenge<Made & NoExtraFields<Made, z.output<Req>>, Key>
    | Promise<Challenge<Made & NoExtraFields<Made, z.output<Req>>, Key>>;
  readonly streaming?: Streaming<Chunk, Res>;
  readonly scorer: Scorer<z.output<Req>, z.output<Res>, Key>;
};

/**
 * Defines a task: data, a challenge function and a scorer. Write `challenge` before `scorer`, so that the type of the key is known to the latter.
 *
 * Throws E_TASK_ID, E_TASK_SCHEMA, E_TASK_LIMITS, E_TASK_SHARE or E_TASK_FUNCTION when the definition is not sound.
 */
export function defineTask<
  Req extends z.ZodType,
  Res extends z.ZodType,
  Key,
  Made extends z.output<Req>,
  Chunk extends z.ZodType = never,
>(task: TaskInput<Req, Res, Key, Made, Chunk>): TaskDefinition<Req, Res, Key, Chunk> {
  checkTask(task);
  return Object.freeze(task);
}
