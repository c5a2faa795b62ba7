import { toU64 } from "../../fixed/convert.ts";
import { I64F64 } from "../../fixed/formats.ts";
import { totalStake } from "../epoch/total-stake.ts";
import { checkRao } from "./check.ts";

/** Stake weight of one hotkey, alpha + tau * w_tao, as I64F64 bits; the amounts are inherited ones in rao. Source: spec/economics.md 2.2 (2). */
export function stakeWeightBits(alphaRao: bigint, taoRao: bigint, taoWeight: bigint): bigint {
  checkRao("alphaRao", alphaRao);
  checkRao("taoRao", taoRao);
  checkRao("taoWeight", taoWeight);
  return totalStake({ kind: "parts", alphaRao: [alphaRao], taoRao: [taoRao], taoWeight })[0]!;
}

/** The same, floored to rao: what the stake threshold is compared with. */
export function stakeWeightRao(alphaRao: bigint, taoRao: bigint, taoWeight: bigint): bigint {
  return toU64(stakeWeightBits(alphaRao, taoRao, taoWeight), I64F64);
}
