import { I32F32 } from "../../fixed/formats.ts";
import { positiveEntries } from "./sparse.ts";
import type { FixedRow } from "./types.ts";

/**
 * Moving average of two sparse matrices with one rate, `alpha*new + (1-alpha)*old`, both products floored, positives kept.
 * Source: spec/economics.md 2.5 (4) and 2.6 (3).
 */
export function bondsEma(fresh: readonly FixedRow[], old: readonly FixedRow[], alpha: bigint): FixedRow[] {
  const n = fresh.length;
  const keep = I32F32.sub(I32F32.one, alpha);
  return fresh.map((row, i) => {
    const dense = new Array<bigint>(n).fill(0n);
    for (const [j, bits] of row) dense[j] = I32F32.mul(alpha, bits);
    for (const [j, bits] of old[i]!) dense[j] = I32F32.add(dense[j]!, I32F32.mul(keep, bits));
    return positiveEntries(dense);
  });
}
