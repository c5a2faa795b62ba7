import { mulBits, normaliseBits } from "./primitives.ts";
import type { BitRows } from "./rows.ts";

/** Marks an entry of the clipped matrix that has disappeared. */
export const ABSENT = -1;

/** Clipped weights on the layout of the weights, validator trust and incentive. */
export type Clipped = { readonly values: Float64Array; readonly trust: Float64Array; readonly incentive: Float64Array };

/** Steps 9 to 11 in one pass over the weights. */
export function clipTrustIncentive(weights: BitRows, consensus: Float64Array, active: Float64Array): Clipped {
  const n = consensus.length;
  const { offsets, uids } = weights;
  const values = weights.values.slice();
  const trust = new Float64Array(n);
  const incentive = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    const stake = active[i]!;
    let rowTrust = 0;
    for (let k = offsets[i]!; k < offsets[i + 1]!; k += 1) {
      const j = uids[k]!;
      const limit = consensus[j]!;
      let value = values[k]!;
      if (value > limit) {
        if (limit === 0) {
          values[k] = ABSENT;
          continue;
        }
        value = limit;
        values[k] = limit;
      }
      rowTrust += value;
      if (stake !== 0) incentive[j]! += mulBits(stake, value);
    }
    trust[i] = rowTrust;
  }
  normaliseBits(incentive);
  return { values, trust, incentive };
}
