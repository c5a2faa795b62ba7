import { convertFixed } from "../../fixed/convert.ts";
import { I64F64, U96F32 } from "../../fixed/formats.ts";
import { u64Fraction } from "../../fixed/fractions.ts";
import type { EpochStake } from "./types.ts";

/**
 * Step 2: total stake per uid, I64F64 bits: `S_i = alpha_i + tau_i * w_tao`, the TAO weight truncated to 32 fraction bits first.
 * Source: spec/economics.md 2.2 (2).
 */
export function totalStake(stake: EpochStake): bigint[] {
  if (stake.kind === "total") return stake.totalRao.map((rao) => I64F64.fromInt(rao));
  const weight = convertFixed(u64Fraction(stake.taoWeight, U96F32), U96F32, I64F64);
  return stake.alphaRao.map((alpha, i) =>
    I64F64.add(I64F64.fromInt(alpha), I64F64.mul(I64F64.fromInt(stake.taoRao[i]!), weight)),
  );
}
