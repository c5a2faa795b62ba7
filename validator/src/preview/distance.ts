import type { SparseRow } from "@subnetkit/shared/consensus/epoch/types";

/** A sparse row as shares of its sum, index = uid; all 0 for an empty row. */
export function sharesOf(row: SparseRow, count: number): number[] {
  const shares = new Array<number>(count).fill(0);
  const total = row.reduce((sum, [, value]) => sum + value, 0);
  if (total > 0) for (const [uid, value] of row) if (uid < count) shares[uid] = value / total;
  return shares;
}

/** Half the sum of the differences of two lists of shares: 0 when they are the same, 1 when they have nothing in common. */
export function distance(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) sum += Math.abs((a[i] ?? 0) - (b[i] ?? 0));
  return sum / 2;
}
