/**
 * A stored u64 as a number. Root may set counts and rates beyond what a number holds exactly; from 2^53 on they stand for "very large", where the
 * formulas they enter have saturated.
 */
export function count(value: bigint): number {
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}
