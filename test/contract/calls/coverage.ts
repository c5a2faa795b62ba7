/** What a test file claims to exercise, and the proof that it did: claims are read statically by the coverage guard and checked here as the file runs. */
import { afterAll, expect } from "vitest";

/** Calls that succeeded and errors that calls met, as `Pallet.call` and `Pallet.call!Error`. */
export interface Seen {
  readonly succeeded: Set<string>;
  readonly met: Set<string>;
}

const seen: Seen = { succeeded: new Set(), met: new Set() };
const claimed = new Set<string>();

/** Records that a call went through. */
export function sawSuccess(call: string): void {
  seen.succeeded.add(call);
}

/** Records that a call failed with an error of this full name (`Pallet.Error`, `Token.FundsUnavailable`, `BadOrigin`). */
export function sawError(call: string, error: string): void {
  seen.met.add(`${call}!${error}`);
}

/**
 * Claims that this file sees the call succeed and each of the errors, once or more. An error without a pallet is one of the call's own pallet;
 * `BadOrigin` and the like, and errors with a dot, stand for themselves. Both arguments must be literals: the coverage guard reads them from the source.
 */
export function covers(call: string, ...errors: readonly string[]): void {
  claimed.add(call);
  coversErrors(call, ...errors);
}

/** The same for a call that never succeeds. */
export function coversErrors(call: string, ...errors: readonly string[]): void {
  for (const error of errors) claimed.add(`${call}!${qualified(call, error)}`);
}

/** Errors that belong to no pallet. */
const PLAIN = new Set(["BadOrigin", "CannotLookup", "ConsumerRemaining", "Other", "Exhausted"]);

/** The full name of an error a call claims. */
export function qualified(call: string, error: string): string {
  return error.includes(".") || PLAIN.has(error) ? error : `${call.slice(0, call.indexOf("."))}.${error}`;
}

/** Fails the file when something it claims did not happen. Call once, at the top level of a test file. */
export function checkClaims(): void {
  afterAll(() => {
    const missing = [...claimed].filter((claim) => !seen.succeeded.has(claim) && !seen.met.has(claim));
    expect(missing, "claimed by covers() but not seen").toEqual([]);
  });
}
