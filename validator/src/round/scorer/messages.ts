import { type AppError, appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import { thrownAt } from "@subnetkit/shared/errors/thrown-at";
import { isErrorCode } from "@subnetkit/shared/errors/registry";
import type { RoundScore } from "../score.ts";
import type { RoundInput, RoundResult } from "./round-scorer.ts";

/** What a scoring thread is started with. */
export type ThreadData = {
  /** The compiled subnet. */
  readonly definition: string;
  readonly progress: SharedArrayBuffer;
};

/** An error on its way between threads; `reason` is what its cause said, `at` where that was thrown. */
type PlainError = {
  readonly code: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
  readonly message: string;
  readonly reason: string | undefined;
  readonly at?: string | undefined;
};

/** From a thread: `ready` once and first, then one answer for each round. */
export type FromThread =
  | { readonly kind: "ready" }
  | { readonly kind: "scored"; readonly result: PlainResult }
  | { readonly kind: "failed"; readonly error: PlainError };

/** A result without the outcomes, which the other side has: the number of the task whose outcome is shown stands for them. */
export type PlainResult = {
  readonly scores: readonly (readonly [hotkey: string, uid: number, score: number, shown: number])[];
  readonly faults: readonly PlainError[];
  readonly requests: readonly string[];
};

/** Characters kept of what author's code said. */
const reasonChars = 500;

/** An error as plain data; what author's code threw may be anything. */
export function plainError(error: unknown): PlainError {
  const cause = error instanceof Error ? error.cause : undefined;
  return {
    code: isAppError(error) ? error.code : undefined,
    data: isAppError(error) ? plainData(error.data) : {},
    message: errorMessage(error).slice(0, reasonChars),
    reason: cause === undefined ? undefined : errorMessage(cause).slice(0, reasonChars),
  };
}

/** The error again; its cause is where it was thrown there, and nowhere here. */
export function errorOf({ code, data, message, reason, at }: PlainError): Error {
  const options = reason === undefined ? {} : { cause: causeOf(reason, at) };
  return code !== undefined && isErrorCode(code) ? appError(code, { ...data }, options) : new Error(message, options);
}

function causeOf(reason: string, at: string | undefined): Error {
  const cause = new Error(reason);
  cause.stack = `Error: ${reason}${at === undefined ? "" : `\n    at ${at}`}`;
  return cause;
}

/** A result as plain data, small whatever miners answered. */
export function plainResult({ scores, faults, requests }: RoundResult, { outcomes }: RoundInput): PlainResult {
  return {
    scores: scores.map(({ hotkey, uid, score, outcome }) => [
      hotkey,
      uid,
      score,
      outcomes.findIndex((ofTask) => ofTask.get(hotkey) === outcome),
    ]),
    // One is told of: finding out where takes time, and a scorer may throw on every reply.
    faults: faults.map((fault, i) => ({ ...plainError(fault), ...(i === 0 ? { at: thrownAt(fault.cause) } : {}) })),
    requests,
  };
}

/** The result again, with the outcomes of this side. */
export function resultOf({ scores, faults, requests }: PlainResult, { outcomes, givenUp }: RoundInput): RoundResult {
  return {
    scores: scores.flatMap(([hotkey, uid, score, shown]): RoundScore[] => {
      const outcome = outcomes[shown]?.get(hotkey);
      return outcome === undefined ? [] : [{ hotkey, uid, score, outcome }];
    }),
    faults: faults.map((fault) => errorOf(fault) as AppError),
    requests,
    givenUp,
  };
}

/** Only what any thread can be sent. */
function plainData(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, typeof value === "object" ? String(value) : value]),
  );
}
