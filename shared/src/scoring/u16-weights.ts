import { positiveOrZero } from "./normalise.ts";

const U16_MAX = 65535;

/**
 * Weights as the chain stores them: round(value * 65535 / largest), half away from zero, so that the largest becomes 65535 (spec/subtensor-interface.md 7.2).
 *
 * The result has one entry per input, zeros included; all zero stays all zero. Negative and non-finite values count as 0. Values up to 1e300.
 */
export function toU16Weights(values: readonly number[]): number[] {
  const clean = values.map(positiveOrZero);
  const largest = Math.max(0, ...clean);
  if (largest === 0) return clean;
  return clean.map((value) => Math.round((value * U16_MAX) / largest));
}
