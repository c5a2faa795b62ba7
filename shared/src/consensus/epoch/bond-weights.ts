import { I32F32 } from "../../fixed/formats.ts";
import { denseRow, positiveEntries } from "./sparse.ts";
import type { FixedRow } from "./types.ts";

/**
 * Step 12: weights for bonds, `W + beta*(Wc - W)`; beta 0 and 1 give W and Wc exactly, with their explicit zeros. The product is
 * negative, so its floor goes away from zero. `penalty` in I32F32 bits. Source: spec/economics.md 2.2 (12).
 */
export function bondWeights(
  weights: readonly FixedRow[],
  clippedWeights: readonly FixedRow[],
  penalty: bigint,
): readonly FixedRow[] {
  if (penalty === 0n) return weights;
  if (penalty === I32F32.one) return clippedWeights;
  const n = weights.length;
  return weights.map((row, i) => {
    const clipped = denseRow(clippedWeights[i]!, n);
    return positiveEntries(
      denseRow(row, n).map((bits, j) => I32F32.add(bits, I32F32.mul(penalty, I32F32.sub(clipped[j]!, bits)))),
    );
  });
}
