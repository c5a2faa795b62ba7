import { rowSums } from "./sparse.ts";
import type { FixedRow } from "./types.ts";

/** Step 10: validator trust, the sum of each clipped row. Source: spec/economics.md 2.2 (10). */
export function validatorTrust(clippedWeights: readonly FixedRow[]): bigint[] {
  return rowSums(clippedWeights);
}
