import { isDeepStrictEqual } from "node:util";
import { type AppError, appError, errorMessage } from "../errors/app-error.ts";
import type { Model } from "../runtime/model-runtime.ts";
import { checkDefinition } from "./check-definition.ts";
import type { AnySolvers, SolverEnv, SolverVariant } from "./define-solvers.ts";
import type { SubnetDefinition } from "./define-subnet.ts";
import type { AnyTask } from "./define-task.ts";
import { type MadeChallenge, makeChallenge } from "./make-challenge.ts";
import { createRandom } from "./random.ts";
import { createScoreEnv, type ScoreEnv } from "./score-env.ts";
import { type QueryOutcome, type RoundScores, scoreReplies } from "./score-replies.ts";
import { chunkFrameBytes } from "../protocol/stream-signature.ts";
import { assembleResponse, isAsyncIterable } from "./streaming.ts";

export type ConformanceOptions = {
  /** Challenges per task. Default 20. */
  readonly challenges?: number;
  /** Seed text of all of them. */
  readonly seed?: string;
  /** Gives the models of the variant. Without it a solver that asks for a model fails. */
  readonly model?: (path: string) => Promise<Model>;
};

/** What the kit measured of one task. */
export type TaskReport = {
  readonly task: string;
  /** Mean score of the honest solvers, 0 to 1. */
  readonly honestScore: number;
  /** Longest request text and longest reply text, in characters. */
  readonly requestChars: number;
  readonly replyChars: number;
};

/**
 * Runs seeded challenges of every task through honest solvers in this process and checks the rules of a subnet. Throws E_SUBNET_CONFORMANCE with the first rule
 * that is broken (or the code of the definition, challenge or scorer that failed):
 *
 * 1. the definition is sound;
 * 2. a challenge depends on its seed only: the same seed gives the same request and key, other seeds give others;
 * 3. the key is not found in the request;
 * 4. an honest reply fits the response schema and the size limit;
 * 5. a solver that streams yields at least one chunk, all fit their schema, together they stay within the size limit, and what a validator assembles
 *    from them is the same each time;
 * 6. scores are finite, in 0..1, and the same when the round is scored again, with the replies in another order, or (`each`) alone;
 * 7. an honest reply scores above nothing in the mean; failures score 0; an empty or foreign body never beats it and never makes the scorer fail.
 */
export async function checkSubnet(
  subnet: SubnetDefinition,
  solvers: SolverVariant["solvers"],
  options: ConformanceOptions = {},
): Promise<TaskReport[]> {
  checkDefinition(subnet);
  const reports: TaskReport[] = [];
  for (const task of Object.values(subnet.tasks)) reports.push(await checkTaskRounds(subnet, task, solvers, options));
  return reports;
}

async function checkTaskRounds(
  subnet: SubnetDefinition,
  task: AnyTask,
  solvers: AnySolvers,
  { challenges = 20, seed = "conformance", model }: ConformanceOptions,
): Promise<TaskReport> {
  const require = (ok: boolean, problem: string): void => {
    if (!ok) throw broken(subnet, task, problem);
  };
  const requests = new Set<string>();
  let leaks = 0;
  let total = 0;
  let requestChars = 0;
  let replyChars = 0;
  for (let round = 0; round < challenges; round++) {
    const env = createScoreEnv({ block: 1000 + round, seed: `${seed}/${round}` });
    const made = await makeChallenge(task, env);
    await requireSameChallenge(task, env, made, require);
    if (holdsKey(made)) leaks++;
    requests.add(made.requestJson);
    requestChars = Math.max(requestChars, made.requestJson.length);

    const body = await answer(subnet, task, solvers, made, solverEnv(env, model));
    const text = jsonText(subnet, task, body);
    replyChars = Math.max(replyChars, text.length);
    require(Buffer.byteLength(text) <=
      task.limits.maxResponseBytes, `an honest reply has ${text.length} characters, more than its limit`);
    total += scoreRound(task, made, JSON.parse(text), env, require);
  }
  // A short key may equal something in a request by chance; one that does so in most challenges was put there.
  require(leaks <= challenges / 2, "the key is found in the request");
  require(challenges === 1 || requests.size > 1, "every seed gives the same request");
  require(total > 0, "an honest solver scores nothing");
  return { task: task.id, honestScore: total / challenges, requestChars, replyChars };
}

/** The body of an honest reply as its miner sends it. */
function jsonText(subnet: SubnetDefinition, task: AnyTask, body: unknown): string {
  try {
    const text = JSON.stringify(body);
    if (text !== undefined) return text;
  } catch (cause) {
    throw broken(subnet, task, `an honest reply is not JSON: ${errorMessage(cause)}`, cause);
  }
  throw broken(subnet, task, "an honest reply is not JSON: it is undefined or a function");
}

type Require = (ok: boolean, problem: string) => void;

async function requireSameChallenge(
  task: AnyTask,
  env: ScoreEnv,
  made: MadeChallenge,
  require: Require,
): Promise<void> {
  const again = await makeChallenge(task, createScoreEnv({ block: env.block, seed: env.seed }));
  require(again.requestJson === made.requestJson, "the same seed gives another request");
  require(isDeepStrictEqual(again.challenge.key, made.challenge.key), "the same seed gives another key");
}

/** The honest reply's score, after every rule about scores has been checked. */
function scoreRound(task: AnyTask, made: MadeChallenge, body: unknown, env: ScoreEnv, require: Require): number {
  const honest: QueryOutcome = { kind: "answered", uid: 5, body, latencyMs: 1 };
  const slow: QueryOutcome = { kind: "answered", uid: 3, body, latencyMs: task.limits.timeoutMs };
  const failures: QueryOutcome[] = [
    { kind: "late", uid: 10 },
    { kind: "unreachable", uid: 11 },
  ];
  const foreign: QueryOutcome[] = [null, {}, [], "", 0].map((value, i) => ({
    kind: "answered",
    uid: 20 + i,
    body: value,
    latencyMs: 1,
  }));
  // A round scorer may punish copies, so only an `each` scorer gets the same answer twice.
  const outcomes = [honest, ...(task.scorer.kind === "each" ? [slow] : []), ...failures, ...foreign];
  const run = (list: readonly QueryOutcome[]): RoundScores =>
    scoreReplies(task, made.challenge, list, createScoreEnv(env));
  const result = run(outcomes);
  const fault = result.faults[0];
  if (fault !== undefined) throw fault;
  const scores = byUid(result);
  require(scores.get(5) !== undefined &&
    result.scores[0]?.reason === "scored", "an honest reply does not fit the response schema");
  require(isDeepStrictEqual(byUid(run(outcomes)), scores), "scoring the same round again gives other scores");
  require(isDeepStrictEqual(
    byUid(run([...outcomes].reverse())),
    scores,
  ), "the order of the replies changes the scores");
  if (task.scorer.kind === "each")
    require(byUid(run([honest])).get(5) === scores.get(5), "the score of a reply depends on the other replies");
  const score = scores.get(5) ?? 0;
  require(failures.every(({ uid }) => scores.get(uid) === 0), "a failure has a score");
  require(foreign.every(({ uid }) => (scores.get(uid) ?? 0) <= score), "an empty or foreign reply beats an honest one");
  return score;
}

function byUid(result: RoundScores): Map<number, number> {
  return new Map(result.scores.map(({ uid, score }) => [uid, score] as const).sort(([a], [b]) => a - b));
}

async function answer(
  subnet: SubnetDefinition,
  task: AnyTask,
  solvers: AnySolvers,
  made: MadeChallenge,
  env: SolverEnv,
): Promise<unknown> {
  const solver = solvers[task.id];
  if (solver === undefined) throw appError("E_SOLVER_MISSING", { problem: `there is no function for task ${task.id}` });
  let chunks: readonly unknown[];
  try {
    const answered = await solver(task.request.parse(JSON.parse(made.requestJson)), env);
    if (!isAsyncIterable(answered)) return answered;
    chunks = await collect(task, answered);
  } catch (cause) {
    throw broken(subnet, task, `the solver threw: ${errorMessage(cause)}`, cause);
  }
  return assembled(subnet, task, chunks);
}

/** The chunks as they arrive at a validator; stops when they are more than the task allows. */
async function collect(task: AnyTask, stream: AsyncIterable<unknown>): Promise<readonly unknown[]> {
  const chunks: unknown[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const text = JSON.stringify(chunk);
    if (text === undefined) throw new Error(`chunk ${chunks.length} is not a JSON value`);
    bytes += Buffer.byteLength(text) + chunkFrameBytes;
    if (bytes > task.limits.maxResponseBytes) throw new Error("its chunks have more bytes than the limit allows");
    chunks.push(JSON.parse(text));
  }
  if (chunks.length === 0) throw new Error("it yielded nothing");
  return chunks;
}

function assembled(subnet: SubnetDefinition, task: AnyTask, chunks: readonly unknown[]): unknown {
  const first = assembleResponse(task, chunks);
  if (first.kind === "unusable") throw broken(subnet, task, `an honest stream cannot be assembled: ${first.problem}`);
  if (!isDeepStrictEqual(assembleResponse(task, chunks), first))
    throw broken(subnet, task, "assembling the same chunks again gives another response");
  return first.value;
}

function solverEnv(env: ScoreEnv, model: ConformanceOptions["model"]): SolverEnv {
  return {
    model:
      model ??
      ((path) => Promise.reject(new Error(`the conformance run was given no model, and the solver wants ${path}`))),
    textModel: (path) =>
      Promise.reject(new Error(`a conformance run has no text models, and the solver wants ${path}`)),
    signal: new AbortController().signal,
    random: createRandom(env.seed).split("solver").next,
    validator: { hotkey: "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY", stakeRao: 1_000_000_000n },
  };
}

/** True when the key, or its JSON text, is a part of the request. Keys of fewer than 4 characters are too common to tell. */
function holdsKey({ challenge, requestJson }: MadeChallenge): boolean {
  const text = JSON.stringify(challenge.key);
  return text !== undefined && text.length >= 4 && requestJson.includes(text);
}

function broken(subnet: SubnetDefinition, task: AnyTask, problem: string, cause?: unknown): AppError {
  return appError("E_SUBNET_CONFORMANCE", { subnet: subnet.name, task: task.id, problem }, { cause });
}
