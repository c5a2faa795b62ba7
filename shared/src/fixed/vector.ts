import type { FixedFormat } from "./format.ts";
import { I32F32 } from "./formats.ts";

/** Exact sum of a vector, clamped to the type at the end. */
export function sumFixed(values: readonly bigint[], format: FixedFormat = I32F32): bigint {
  let total = 0n;
  for (const value of values) total += value;
  return format.clamp(total);
}

/**
 * `norm(v)`: every entry divided by the sum; a vector whose sum is 0 comes back unchanged. The result can sum to slightly less than 1.
 * Source: spec/economics.md 1.3.
 */
export function normalise(values: readonly bigint[], format: FixedFormat = I32F32): bigint[] {
  const total = sumFixed(values, format);
  return total === 0n ? [...values] : values.map((value) => format.safeDiv(value, total));
}
