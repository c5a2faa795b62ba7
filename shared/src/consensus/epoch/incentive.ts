import { I32F32 } from "../../fixed/formats.ts";
import { normalise } from "../../fixed/vector.ts";
import type { FixedRow } from "./types.ts";

/** Step 11: rank per uid, `sum_i a_i * Wc_ij` with a floor on every product. Source: spec/economics.md 2.2 (11). */
export function rank(clippedWeights: readonly FixedRow[], activeStake: readonly bigint[]): bigint[] {
  const ranks = new Array<bigint>(activeStake.length).fill(0n);
  clippedWeights.forEach((row, i) => {
    for (const [j, bits] of row) ranks[j] = I32F32.add(ranks[j]!, I32F32.mul(activeStake[i]!, bits));
  });
  return ranks;
}

/** Step 11: incentive, the normalised rank. Source: spec/economics.md 2.2 (11). */
export function incentive(clippedWeights: readonly FixedRow[], activeStake: readonly bigint[]): bigint[] {
  return normalise(rank(clippedWeights, activeStake));
}
