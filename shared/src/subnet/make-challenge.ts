import { type AppError, appError, errorMessage, isAppError } from "../errors/app-error.ts";
import { withTimeout } from "../util/withTimeout.ts";
import type { AnyTask, Challenge } from "./define-task.ts";
import { isRecord } from "./is-record.ts";
import { type ScoreEnv, splitEnv } from "./score-env.ts";

declare const requestBrand: unique symbol;

/** The JSON text of a request that went through its schema: the only text a validator may send. A key, or any other string, is not one. */
export type RequestJson = string & { readonly [requestBrand]: true };

/** A challenge ready to be sent and, later, scored. */
export type MadeChallenge = {
  readonly taskId: string;
  /** Stays with the validator: it holds the key. */
  readonly challenge: Challenge<unknown, unknown>;
  /** The body of the HTTP request. */
  readonly requestJson: RequestJson;
};

/** How long a challenge may take when the caller does not say, in milliseconds, and the longest request text, in characters. */
export const challengeBounds = { timeoutMs: 5_000, maxRequestChars: 4 * 1024 * 1024 } as const;

export type MakeChallengeOptions = { readonly timeoutMs?: number; readonly signal?: AbortSignal };

/**
 * Runs the author's challenge function with numbers of its own, checks the request against its schema and makes the text to send. Fields the schema does not
 * have are removed, so nothing beyond it can travel.
 *
 * Throws E_CHALLENGE_FAILED (it threw, or took too long), E_CHALLENGE_INVALID (no fitting request, or one that JSON does not carry) or E_ABORTED.
 * A function that never yields cannot be stopped: authors draw, they do not compute.
 */
export async function makeChallenge(
  task: AnyTask,
  env: ScoreEnv,
  options: MakeChallengeOptions = {},
): Promise<MadeChallenge> {
  const drawn = await draw(task, env, options);
  if (!isRecord(drawn) || !("request" in drawn) || !("key" in drawn)) throw invalid(task, "it is not { request, key }");
  const { request, requestJson } = makeRequest(task, drawn["request"]);
  return { taskId: task.id, challenge: { request, key: drawn["key"] }, requestJson };
}

/** A request that fits the task's schema, and the text to send. */
export type MadeRequest = { readonly request: unknown; readonly requestJson: RequestJson };

/** Checks a request against its schema and makes the text to send, for requests that are not drawn. Throws E_CHALLENGE_INVALID. */
export function makeRequest(task: AnyTask, value: unknown): MadeRequest {
  const request = parse(task, value);
  const requestJson = toJson(task, request);
  if (requestJson.length > challengeBounds.maxRequestChars)
    throw invalid(task, `the request has ${requestJson.length} characters`);
  if (JSON.stringify(parse(task, JSON.parse(requestJson))) !== requestJson)
    throw invalid(task, "the request changes when a miner parses it");
  return { request, requestJson };
}

async function draw(task: AnyTask, env: ScoreEnv, options: MakeChallengeOptions): Promise<unknown> {
  const timeoutMs = options.timeoutMs ?? challengeBounds.timeoutMs;
  const giveUp = new AbortController();
  const signal = options.signal === undefined ? giveUp.signal : AbortSignal.any([options.signal, giveUp.signal]);
  const work = Promise.resolve().then(() => task.challenge({ ...splitEnv(env, `challenge/${task.id}`), signal }));
  try {
    return await withTimeout(work, timeoutMs, `The challenge of task ${task.id}`, options.signal);
  } catch (error) {
    if (isAppError(error, "E_ABORTED")) throw error;
    const data = { task: task.id, block: env.block, seed: env.seed, problem: errorMessage(error) };
    throw appError("E_CHALLENGE_FAILED", data, { cause: error });
  } finally {
    giveUp.abort();
  }
}

function parse(task: AnyTask, request: unknown): unknown {
  const parsed = task.request.safeParse(request);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalid(
    task,
    `the request does not fit its schema at ${issue?.path.join(".") || "the top"}: ${issue?.message ?? "unknown"}`,
  );
}

function toJson(task: AnyTask, request: unknown): RequestJson {
  let text: string | undefined;
  try {
    text = JSON.stringify(request);
  } catch (error) {
    throw invalid(task, `the request is not JSON: ${errorMessage(error)}`);
  }
  if (text === undefined) throw invalid(task, "the request is not JSON");
  return text as RequestJson;
}

function invalid(task: AnyTask, problem: string): AppError {
  return appError("E_CHALLENGE_INVALID", { task: task.id, problem });
}
