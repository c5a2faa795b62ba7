import { emaOfRows } from "./bonds.ts";
import type { FastBonds } from "./classic-bonds.ts";
import { divBits, mulBits, normaliseBits, ONE } from "./primitives.ts";
import type { BitRows } from "./rows.ts";
import { type FastSigmoid, sigmoidRate } from "./sigmoid.ts";

/** Step 14, Yuma3: `old` are the stored bonds over 65535; `liquid` is null when liquid alpha is off. */
export function fastYuma3Bonds(
  active: Float64Array,
  bondWeights: BitRows,
  incentive: Float64Array,
  old: BitRows,
  alpha: number,
  consensus: Float64Array,
  liquid: FastSigmoid | null,
): FastBonds {
  const n = active.length;
  const useLiquid = liquid !== null && consensus.some((value) => value !== 0);
  const sums = new Float64Array(n);
  const bonds = useLiquid
    ? liquidEma(bondWeights, old, consensus, liquid, sums)
    : emaOfRows(bondWeights, old, alpha, sums);
  const dividends = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    let earned = 0;
    for (let k = bonds.offsets[i]!; k < bonds.offsets[i + 1]!; k += 1) {
      const j = bonds.uids[k]!;
      // Only positive bonds are kept: the sum of a column that has one is positive.
      earned += mulBits(incentive[j]!, divBits(bonds.values[k]!, sums[j]!));
    }
    dividends[i] = mulBits(earned, active[i]!);
  }
  normaliseBits(dividends);
  return { bonds, dividends };
}

function liquidEma(
  weights: BitRows,
  old: BitRows,
  consensus: Float64Array,
  sigmoid: FastSigmoid,
  sums: Float64Array,
): BitRows {
  const n = weights.offsets.length - 1;
  const offsets = new Int32Array(n + 1);
  const uids = new Uint16Array(weights.uids.length);
  const values = new Float64Array(weights.uids.length);
  let at = 0;
  for (let i = 0; i < n; i += 1) {
    let b = old.offsets[i]!;
    const endB = old.offsets[i + 1]!;
    for (let k = weights.offsets[i]!; k < weights.offsets[i + 1]!; k += 1) {
      const j = weights.uids[k]!;
      while (b < endB && old.uids[b]! < j) b += 1;
      const oldBond = b < endB && old.uids[b] === j ? old.values[b]! : 0;
      const weight = weights.values[k]!;
      const alpha = sigmoidRate(sigmoid, consensus[j]!, weight, oldBond);
      const bond = mulBits(ONE - alpha, oldBond) + mulBits(alpha, weight);
      if (bond <= 0) continue;
      uids[at] = j;
      values[at] = bond > ONE ? ONE : bond;
      sums[j]! += values[at]!;
      at += 1;
    }
    offsets[i + 1] = at;
  }
  return { offsets, uids: uids.subarray(0, at), values: values.subarray(0, at) };
}
