import { ABSENT } from "./clip.ts";
import { mulBits, ONE } from "./primitives.ts";
import type { BitRows } from "./rows.ts";

/** Step 12: weights for bonds. Penalty 0 and 1 keep explicit zeros, any other keeps positive entries only. */
export function fastBondWeights(weights: BitRows, clipped: Float64Array, penalty: number): BitRows {
  if (penalty === 0) return weights;
  const n = weights.offsets.length - 1;
  const offsets = new Int32Array(n + 1);
  const uids = new Uint16Array(weights.uids.length);
  const values = new Float64Array(weights.uids.length);
  let at = 0;
  for (let i = 0; i < n; i += 1) {
    for (let k = weights.offsets[i]!; k < weights.offsets[i + 1]!; k += 1) {
      const after = clipped[k]!;
      if (penalty === ONE) {
        if (after === ABSENT) continue;
        values[at] = after;
      } else {
        const before = weights.values[k]!;
        const value = before + mulBits(penalty, (after === ABSENT ? 0 : after) - before);
        if (value <= 0) continue;
        values[at] = value;
      }
      uids[at] = weights.uids[k]!;
      at += 1;
    }
    offsets[i + 1] = at;
  }
  return { offsets, uids: uids.subarray(0, at), values: values.subarray(0, at) };
}
