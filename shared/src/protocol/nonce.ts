import { randomInt } from "node:crypto";

let last = 0n;

/** A clock that was put back by more than this is followed; by less, nonces wait for it. */
const followedNs = 1_000_000_000n;

/**
 * The next request nonce: unix time in nanoseconds, greater than every earlier one of this process unless the clock was put back by more than a second. Then it is
 * the time again: who went on from where a wrong clock was would be refused as from the future by everybody, for as long as it was wrong. The clock gives
 * milliseconds; the rest is random, so that neither two processes with one hotkey meet nor one with its own past.
 */
export function nextNonceNs(): bigint {
  const now = BigInt(Date.now()) * 1_000_000n + BigInt(randomInt(1_000_000));
  last = now > last || last - now > followedNs ? now : last + 1n;
  return last;
}
