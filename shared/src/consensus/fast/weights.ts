import { ratioBits } from "./primitives.ts";
import type { BitRows } from "./rows.ts";
import type { FastEpochInput } from "./types.ts";

/** Step 7: the weights that count, row-normalised. */
export function countedWeights(input: FastEpochInput, permits: Uint8Array): BitRows {
  const { weights, lastUpdate, registeredAt, earliestCommit, commitReveal, ownerUid } = input;
  const n = registeredAt.length;
  const offsets = new Int32Array(n + 1);
  const uids = new Uint16Array(weights.uids.length);
  const values = new Float64Array(weights.uids.length);
  let at = 0;
  for (let i = 0; i < n; i += 1) {
    if (permits[i] === 1) {
      const updated = lastUpdate[i]!;
      const committed = commitReveal ? (earliestCommit[i] ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
      const start = at;
      let total = 0;
      for (let k = weights.offsets[i]!; k < weights.offsets[i + 1]!; k += 1) {
        const j = weights.uids[k]!;
        if (updated <= registeredAt[j]! || committed < registeredAt[j]! || (j === i && i !== ownerUid)) continue;
        uids[at] = j;
        values[at] = weights.values[k]!;
        total += values[at]!;
        at += 1;
      }
      for (let k = start; k < at; k += 1) if (total !== 0) values[k] = ratioBits(values[k]!, total);
    }
    offsets[i + 1] = at;
  }
  return { offsets, uids: uids.subarray(0, at), values: values.subarray(0, at) };
}
