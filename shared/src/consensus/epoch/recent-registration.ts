import { keepEntries, toFixedRow } from "./sparse.ts";
import type { FixedRow, SparseRow } from "./types.ts";

/** First block that counts as "since the last epoch": `L + 1`, or `b - T` before the first epoch. Source: spec/economics.md 2.2 (13). */
export function lastEpochBlock(block: number, tempo: number, lastStepBlock: number): number {
  return lastStepBlock === 0 ? Math.max(0, block - tempo) : lastStepBlock + 1;
}

/**
 * Step 13: stored bonds as plain numbers, without the entries toward uids that registered since the last epoch.
 * Source: spec/economics.md 2.2 (13).
 */
export function maskedBonds(bonds: readonly SparseRow[], registeredAt: readonly number[], since: number): FixedRow[] {
  return keepEntries(bonds.map(toFixedRow), (_, j) => since > registeredAt[j]!);
}
