import { mulBits, ONE, ratioBits } from "./primitives.ts";
import type { BitRows, StoredRows } from "./rows.ts";

/** Step 13: stored bonds as bits, without columns registered since the last epoch; each value divided by its column's divisor. */
export function oldBonds(
  stored: StoredRows,
  registeredAt: readonly number[],
  since: number,
  divisors: Float64Array,
): BitRows {
  const n = registeredAt.length;
  const offsets = new Int32Array(n + 1);
  const uids = new Uint16Array(stored.uids.length);
  const values = new Float64Array(stored.uids.length);
  let at = 0;
  for (let i = 0; i < n; i += 1) {
    for (let k = stored.offsets[i]!; k < stored.offsets[i + 1]!; k += 1) {
      const j = stored.uids[k]!;
      if (since <= registeredAt[j]!) continue;
      uids[at] = j;
      const divisor = divisors[j]!;
      values[at] = divisor === 0 ? 0 : ratioBits(stored.values[k]!, divisor);
      at += 1;
    }
    offsets[i + 1] = at;
  }
  return { offsets, uids: uids.subarray(0, at), values: values.subarray(0, at) };
}

/** Sum of the stored values of every column, as plain numbers. */
export function storedColumnSums(stored: StoredRows, n: number): Float64Array {
  const sums = new Float64Array(n);
  for (let k = 0; k < stored.uids.length; k += 1) sums[stored.uids[k]!]! += stored.values[k]!;
  return sums;
}

/** alpha*fresh + (1-alpha)*old on the union of two ascending matrices, positives kept; adds its column sums to `sums`. */
export function emaOfRows(fresh: BitRows, old: BitRows, alpha: number, sums: Float64Array): BitRows {
  const n = fresh.offsets.length - 1;
  const keep = ONE - alpha;
  const capacity = fresh.uids.length + old.uids.length;
  const offsets = new Int32Array(n + 1);
  const uids = new Uint16Array(capacity);
  const values = new Float64Array(capacity);
  let at = 0;
  for (let i = 0; i < n; i += 1) {
    let a = fresh.offsets[i]!;
    let b = old.offsets[i]!;
    const endA = fresh.offsets[i + 1]!;
    const endB = old.offsets[i + 1]!;
    while (a < endA || b < endB) {
      const uidA = a < endA ? fresh.uids[a]! : 65_536;
      const uidB = b < endB ? old.uids[b]! : 65_536;
      let value = 0;
      if (uidA <= uidB) {
        value = mulBits(alpha, fresh.values[a]!);
        a += 1;
      }
      if (uidB <= uidA) {
        value += mulBits(keep, old.values[b]!);
        b += 1;
      }
      if (value > 0) {
        const uid = uidA < uidB ? uidA : uidB;
        uids[at] = uid;
        values[at] = value;
        sums[uid]! += value;
        at += 1;
      }
    }
    offsets[i + 1] = at;
  }
  return { offsets, uids: uids.subarray(0, at), values: values.subarray(0, at) };
}
