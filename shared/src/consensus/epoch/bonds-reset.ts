import type { SparseRow } from "./types.ts";

/** Stored bond rows without any entry toward one uid: what an announced bonds reset does. Source: spec/economics.md 2.6. */
export function resetBondsToward(bonds: readonly SparseRow[], uid: number): SparseRow[] {
  return bonds.map((row) => row.filter(([j]) => j !== uid));
}
