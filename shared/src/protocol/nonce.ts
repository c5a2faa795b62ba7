import { randomInt } from "node:crypto";

let last = 0n;

/**
 * The next request nonce: unix time in nanoseconds, greater than every earlier one of this process. The clock gives milliseconds; the rest is
 * random, so that two processes with one hotkey do not meet.
 */
export function nextNonceNs(): bigint {
  const now = BigInt(Date.now()) * 1_000_000n + BigInt(randomInt(1_000_000));
  last = now > last ? now : last + 1n;
  return last;
}
