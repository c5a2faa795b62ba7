import { emaOfRows } from "./bonds.ts";
import { divBits, mulBits, normaliseBits } from "./primitives.ts";
import type { BitRows } from "./rows.ts";

/** New bonds in storage form and normalised dividends. */
export type FastBonds = { readonly bonds: BitRows; readonly dividends: Float64Array };

/** Step 14, classic: `old` are the column-normalised stored bonds. A pass over the entries costs more than its arithmetic: they are few. */
export function fastClassicBonds(
  active: Float64Array,
  bondWeights: BitRows,
  incentive: Float64Array,
  old: BitRows,
  alpha: number,
): FastBonds {
  const n = active.length;
  const sums = new Float64Array(n);
  const bonds = emaOfRows(newBonds(active, bondWeights), old, alpha, sums);
  const { dividends, maxima } = normaliseAndEarn(bonds, sums, incentive);
  normaliseBits(dividends);
  const { uids, values } = bonds;
  for (let k = 0; k < uids.length; k += 1) {
    const most = maxima[uids[k]!]!;
    if (most !== 0) values[k] = divBits(values[k]!, most);
  }
  return { bonds, dividends };
}

/** Stake times weight, column-normalised. The products are made twice, which is cheaper than to store and load them. */
function newBonds(active: Float64Array, weights: BitRows): BitRows {
  const { offsets, uids } = weights;
  const sums = new Float64Array(active.length);
  const values = new Float64Array(uids.length);
  for (let i = 0; i < active.length; i += 1) {
    const stake = active[i]!;
    if (stake === 0) continue;
    for (let k = offsets[i]!; k < offsets[i + 1]!; k += 1) sums[uids[k]!]! += mulBits(stake, weights.values[k]!);
  }
  for (let i = 0; i < active.length; i += 1) {
    const stake = active[i]!;
    if (stake === 0) continue;
    for (let k = offsets[i]!; k < offsets[i + 1]!; k += 1) {
      const sum = sums[uids[k]!]!;
      if (sum !== 0) values[k] = divBits(mulBits(stake, weights.values[k]!), sum);
    }
  }
  return { offsets, uids, values };
}

/** Divides the bonds by their column sums in place; what each row earns (a floor on every product) and the column maxima. */
function normaliseAndEarn(
  { offsets, uids, values }: BitRows,
  sums: Float64Array,
  incentive: Float64Array,
): { dividends: Float64Array; maxima: Float64Array } {
  const dividends = new Float64Array(sums.length);
  const maxima = new Float64Array(sums.length);
  for (let i = 0; i < dividends.length; i += 1) {
    let earned = 0;
    for (let k = offsets[i]!; k < offsets[i + 1]!; k += 1) {
      const j = uids[k]!;
      // Only positive bonds are kept: the sum of a column that has one is positive.
      const share = divBits(values[k]!, sums[j]!);
      values[k] = share;
      if (share > maxima[j]!) maxima[j] = share;
      earned += mulBits(incentive[j]!, share);
    }
    dividends[i] = earned;
  }
  return { dividends, maxima };
}
