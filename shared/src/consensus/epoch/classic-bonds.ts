import { I32F32 } from "../../fixed/formats.ts";
import { normalise } from "../../fixed/vector.ts";
import { bondsEma } from "./bonds-ema.ts";
import { columnMaxima, divideColumns, mapEntries, normaliseColumns } from "./sparse.ts";
import type { FixedRow } from "./types.ts";

/** New bonds in their storage form (before u16) and the normalised dividends, I32F32 bits. */
export type BondsAndDividends = { readonly bonds: readonly FixedRow[]; readonly dividends: readonly bigint[] };

/** What both bond rules read: active stake, weights for bonds, incentive, and the masked stored bonds as plain numbers 0..65535. */
export type BondsInput = {
  readonly activeStake: readonly bigint[];
  readonly bondWeights: readonly FixedRow[];
  readonly incentive: readonly bigint[];
  readonly storedBonds: readonly FixedRow[];
};

/** Step 14 with Yuma3 off: bonds are column shares and dividends follow the incentive of what is bonded. Source: spec/economics.md 2.5. */
export function classicBonds(input: BondsInput, alpha: bigint): BondsAndDividends {
  const n = input.activeStake.length;
  const old = normaliseColumns(input.storedBonds, n);
  const delta = normaliseColumns(
    mapEntries(input.bondWeights, (bits, _, i) => I32F32.mul(input.activeStake[i]!, bits)),
    n,
  );
  const ema = normaliseColumns(bondsEma(delta, old, alpha), n);
  const dividends = normalise(weightedRowSums(ema, input.incentive));
  return { bonds: divideColumns(ema, columnMaxima(ema, n)), dividends };
}

/** `sum_j M_ij * v_j` with a floor on every product. */
export function weightedRowSums(rows: readonly FixedRow[], vector: readonly bigint[]): bigint[] {
  return rows.map((row) => row.reduce((sum, [j, bits]) => I32F32.add(sum, I32F32.mul(vector[j]!, bits)), 0n));
}
