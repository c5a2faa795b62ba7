import { columnSumsOf, type BitRows } from "./rows.ts";
import { divBits, mulBits, normaliseBits } from "./primitives.ts";
import { emaOfRows } from "./bonds.ts";

/** New bonds in storage form and normalised dividends. */
export type FastBonds = { readonly bonds: BitRows; readonly dividends: Float64Array };

/** Step 14, classic: `old` are the column-normalised stored bonds. */
export function fastClassicBonds(
  active: Float64Array,
  bondWeights: BitRows,
  incentive: Float64Array,
  old: BitRows,
  alpha: number,
): FastBonds {
  const n = active.length;
  const delta = stakeTimes(active, bondWeights);
  divideColumnsInPlace(delta, columnSumsOf(delta, n));
  const bonds = emaOfRows(delta, old, alpha);
  divideColumnsInPlace(bonds, columnSumsOf(bonds, n));
  const dividends = rowsTimes(bonds, incentive);
  normaliseBits(dividends);
  divideColumnsInPlace(bonds, columnMaximaOf(bonds, n));
  return { bonds, dividends };
}

/** `sum_j M_ij * v_j` with a floor on every product. */
export function rowsTimes(rows: BitRows, vector: Float64Array): Float64Array {
  const sums = new Float64Array(rows.offsets.length - 1);
  for (let i = 0; i < sums.length; i += 1) {
    let sum = 0;
    for (let k = rows.offsets[i]!; k < rows.offsets[i + 1]!; k += 1) {
      const factor = vector[rows.uids[k]!]!;
      if (factor !== 0) sum += mulBits(factor, rows.values[k]!);
    }
    sums[i] = sum;
  }
  return sums;
}

/** Divides every entry by the divisor of its column, in place; a column with divisor 0 stays. */
export function divideColumnsInPlace(rows: BitRows, divisors: Float64Array): void {
  const { uids, values } = rows;
  for (let k = 0; k < uids.length; k += 1) {
    const divisor = divisors[uids[k]!]!;
    if (divisor !== 0) values[k] = divBits(values[k]!, divisor);
  }
}

function stakeTimes(active: Float64Array, weights: BitRows): BitRows {
  const values = new Float64Array(weights.values.length);
  for (let i = 0; i < active.length; i += 1) {
    const stake = active[i]!;
    if (stake === 0) continue;
    for (let k = weights.offsets[i]!; k < weights.offsets[i + 1]!; k += 1)
      values[k] = mulBits(stake, weights.values[k]!);
  }
  return { ...weights, values };
}

function columnMaximaOf({ uids, values }: BitRows, n: number): Float64Array {
  const maxima = new Float64Array(n);
  for (let k = 0; k < uids.length; k += 1) if (values[k]! > maxima[uids[k]!]!) maxima[uids[k]!] = values[k]!;
  return maxima;
}
