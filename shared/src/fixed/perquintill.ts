/** Parts of 1 in a Perquintill (u64 parts per 10^18): the weights of the pool. Source: spec/economics.md 1.1. */
export const PERQUINTILL_ONE: bigint = 10n ** 18n;

/** floor(p/q) in parts, at most 1; 0 when q is 0. */
export function perquintillFromRational(p: bigint, q: bigint): bigint {
  if (q === 0n) return 0n;
  return p >= q ? PERQUINTILL_ONE : (p * PERQUINTILL_ONE) / q;
}

/** value * parts/10^18 rounded to the nearest integer, half up. */
export function mulPerquintillRound(value: bigint, parts: bigint): bigint {
  return (value * parts + PERQUINTILL_ONE / 2n) / PERQUINTILL_ONE;
}
