import { I32F32 } from "../../fixed/formats.ts";
import { keepEntries, rowSums, toFixedRow } from "./sparse.ts";
import type { EpochInput, FixedRow } from "./types.ts";

/** The fields of the input that decide which stored weights count. */
export type WeightMasks = Pick<
  EpochInput,
  "weights" | "lastUpdate" | "registeredAt" | "ownerUid" | "commitReveal" | "earliestCommit"
>;

/** Step 7: the weights that count in this epoch, row-normalised. `permits` are the ones in force. Source: spec/economics.md 2.2 (7). */
export function maskedWeights(masks: WeightMasks, permits: readonly boolean[]): FixedRow[] {
  let rows = masks.weights.map(toFixedRow);
  rows = keepEntries(rows, (i) => permits[i]!);
  rows = keepEntries(rows, (i, j) => i !== j || i === masks.ownerUid);
  rows = keepEntries(rows, (i, j) => masks.lastUpdate[i]! > masks.registeredAt[j]!);
  if (masks.commitReveal) {
    rows = keepEntries(rows, (i, j) => (masks.earliestCommit[i] ?? Number.POSITIVE_INFINITY) >= masks.registeredAt[j]!);
  }
  return normaliseRows(rows);
}

/** Every row with a positive sum divided by that sum. */
export function normaliseRows(rows: readonly FixedRow[]): FixedRow[] {
  const sums = rowSums(rows);
  return rows.map((row, i) =>
    sums[i]! > 0n ? row.map(([j, bits]) => [j, I32F32.safeDiv(bits, sums[i]!)] as const) : row,
  );
}
