import type { FixedRow } from "./types.ts";

/**
 * Step 9: weights cut down to the consensus of their column. An entry cut to 0 disappears; an entry that was 0 before stays.
 * Source: spec/economics.md 2.2 (9).
 */
export function clip(weights: readonly FixedRow[], consensus: readonly bigint[]): FixedRow[] {
  return weights.map((row) =>
    row.flatMap(([j, bits]) => {
      const limit = consensus[j]!;
      if (bits <= limit) return [[j, bits] as const];
      return limit > 0n ? [[j, limit] as const] : [];
    }),
  );
}
