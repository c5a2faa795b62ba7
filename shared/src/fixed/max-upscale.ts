import { toU16, U16_MAX } from "./convert.ts";
import { I32F32 } from "./formats.ts";

const RATIO_FIRST_ABOVE = I32F32.fromInt(32_768);
const U16_ONE = I32F32.fromInt(U16_MAX);

/**
 * Scales an I32F32 vector so that its maximum becomes 65535, as u16. Empty gives empty, an all-zero vector stays zero.
 * Above 32768 the ratio 65535/max is formed first to dodge overflow, otherwise the product first. Source: spec/economics.md 1.4.
 */
export function maxUpscale(values: readonly bigint[]): number[] {
  if (values.length === 0) return [];
  const max = values.reduce((a, b) => (b > a ? b : a));
  if (max === 0n) return values.map(() => 0);
  const ratio = I32F32.safeDiv(U16_ONE, max);
  const scale =
    max > RATIO_FIRST_ABOVE
      ? (value: bigint) => I32F32.mul(value, ratio)
      : (value: bigint) => I32F32.safeDiv(I32F32.mul(value, U16_ONE), max);
  return values.map((value) => toU16(I32F32.round(scale(value)), I32F32));
}

/** maxUpscale for a row of plain u16 weights, as the chain does when it accepts them. Source: spec/economics.md 2.11. */
export function maxUpscaleWeights(weights: readonly number[]): number[] {
  return maxUpscale(weights.map((weight) => I32F32.fromInt(weight)));
}
