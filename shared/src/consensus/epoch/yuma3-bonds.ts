import { I32F32 } from "../../fixed/formats.ts";
import { U16_MAX } from "../../fixed/convert.ts";
import { normalise } from "../../fixed/vector.ts";
import { alphaSigmoid, type SigmoidSettings } from "./alpha-sigmoid.ts";
import { bondsEma } from "./bonds-ema.ts";
import { type BondsAndDividends, type BondsInput, weightedRowSums } from "./classic-bonds.ts";
import { denseRow, mapEntries, normaliseColumns } from "./sparse.ts";
import type { FixedRow } from "./types.ts";

/**
 * Step 14 with Yuma3 on: each bond is capped at 1 by itself and dividends are weighted by active stake. `liquidAlpha` is null when it
 * is off; it also has no effect while every consensus is 0. Source: spec/economics.md 2.6.
 */
export function yuma3Bonds(
  input: BondsInput,
  consensus: readonly bigint[],
  alpha: bigint,
  liquidAlpha: SigmoidSettings | null,
): BondsAndDividends {
  const divisor = I32F32.fromInt(U16_MAX);
  const old = mapEntries(input.storedBonds, (bits) => I32F32.safeDiv(bits, divisor));
  const liquid = liquidAlpha !== null && consensus.some((value) => value !== 0n);
  const ema = liquid
    ? liquidBondsEma(input.bondWeights, old, consensus, liquidAlpha)
    : bondsEma(input.bondWeights, old, alpha);
  const perValidator = weightedRowSums(normaliseColumns(ema, input.activeStake.length), input.incentive);
  return { bonds: ema, dividends: normalise(perValidator.map((total, i) => I32F32.mul(total, input.activeStake[i]!))) };
}

/**
 * Moving average with a rate per entry. Only entries present in the weight row live on: a bond toward a uid that is missing there
 * vanishes at once, an explicit zero weight lets it decay. Source: spec/economics.md 2.6 (3).
 */
function liquidBondsEma(
  weights: readonly FixedRow[],
  old: readonly FixedRow[],
  consensus: readonly bigint[],
  settings: SigmoidSettings,
): FixedRow[] {
  return weights.map((row, i) => {
    const oldRow = denseRow(old[i]!, weights.length);
    return row.flatMap(([j, weight]) => {
      const alpha = alphaSigmoid(settings, consensus[j]!, weight, oldRow[j]!);
      const decayed = I32F32.mul(I32F32.sub(I32F32.one, alpha), oldRow[j]!);
      const purchase = I32F32.mul(alpha, weight);
      const bond = I32F32.add(decayed, purchase > 0n ? purchase : 0n);
      const capped = bond > I32F32.one ? I32F32.one : bond;
      return capped > 0n ? [[j, capped] as const] : [];
    });
  });
}
