import { randomBytes } from "node:crypto";
import { type AppError, appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import {
  type AnyTask,
  type Challenge,
  createScoreEnv,
  makeChallenge,
  type QueryOutcome,
  type ScoreEnv,
  scoreOrganic,
  scoreReplies,
  scoresOrganic,
} from "@subnetkit/shared/subnet";
import { usage } from "../chain/usage.ts";
import { type InputStream, readDocument } from "../preview/read-document.ts";

/** What is asked. `challenge` holds the key, and there is none for a request of one's own; `seed` draws the same one again. */
export type Question = {
  readonly requestJson: string;
  readonly request: unknown;
  readonly seed: string | undefined;
  readonly challenge: Challenge<unknown, unknown> | undefined;
  readonly env: ScoreEnv;
};

/** A score of 0 to 1, or why there is none. */
export type Score = { readonly score: number } | { readonly score: null; readonly why: string };

const BLOCK = 1_000;
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

/** The request of `--request`, else a challenge drawn as a validator draws it. Throws E_USAGE without either, and what drawing throws. */
export async function makeQuestion(
  flags: { readonly request?: string; readonly seed?: string },
  task: AnyTask | undefined,
  stdin: InputStream,
): Promise<Question> {
  if (flags.request !== undefined) {
    if (flags.seed !== undefined) throw usage("--seed draws a request, and --request is one already");
    const request = await readRequest(flags.request, stdin);
    const env = createScoreEnv({ block: BLOCK, seed: "try" });
    return { requestJson: JSON.stringify(request), request, seed: undefined, challenge: undefined, env };
  }
  if (task === undefined)
    throw usage(
      "no request to send",
      "drawn as a validator draws it:   --subnet NAME or PATH",
      "your own:                        --request '{...}', or a file, or - for stdin",
    );
  const seed = flags.seed ?? randomBytes(8).toString("hex");
  const env = createScoreEnv({ block: BLOCK, seed });
  const { challenge, requestJson } = await makeChallenge(task, env);
  return { requestJson, request: challenge.request, seed, challenge, env };
}

/** What the subnet's scorer says of the answer, asked as a round with nobody else in it. */
export function scoreOf(task: AnyTask, { challenge, request, env }: Question, outcome: QueryOutcome): Score {
  const organic = challenge === undefined;
  if (organic && !scoresOrganic(task)) return { score: null, why: "a request of your own has no key to score by" };
  const result = organic
    ? scoreOrganic(task, { request, outcome, label: "try" }, env)
    : ofRound(task, challenge, outcome, env);
  const fault = result.faults[0];
  if (fault !== undefined) return { score: null, why: failureOf(fault) };
  return result.score === undefined
    ? { score: null, why: "the subnet does not judge this request" }
    : { score: result.score };
}

/** What the scorer did wrong, with what it threw. */
function failureOf({ code, message, cause }: AppError): string {
  return `${code}, ${message}${cause === undefined ? "" : ` ${errorMessage(cause)}`}`;
}

function ofRound(task: AnyTask, challenge: Challenge<unknown, unknown>, outcome: QueryOutcome, env: ScoreEnv) {
  const { scores, faults } = scoreReplies(task, challenge, [outcome], env);
  return { score: scores[0]?.score, faults };
}

/** JSON text, or the path of a file that holds some. */
async function readRequest(text: string, stdin: InputStream): Promise<unknown> {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (/^\s*[[{"]/.test(text)) throw usage(`--request is not JSON: ${(error as Error).message}`);
  }
  try {
    return await readDocument({ path: text, flag: "--request" }, stdin, MAX_REQUEST_BYTES);
  } catch (error) {
    if (!isAppError(error, "E_EPOCH_INPUT")) throw error;
    throw appError("E_USAGE", { problem: `--request ${String(error.data["reason"])}` }, { cause: error });
  }
}
