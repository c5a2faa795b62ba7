import { U96F32 } from "../../fixed/formats.ts";
import { u64Fraction } from "../../fixed/fractions.ts";
import { checkRao } from "./check.ts";

/** Root proportion rp = w/(w + alpha issuance) with w = root TAO * TAO weight, U96F32 bits; 0 when both are 0. Source: spec/economics.md 3.7. */
export function rootProportion(input: {
  readonly rootTaoRao: bigint;
  /** TAO weight as u64 fraction. */
  readonly taoWeight: bigint;
  /** Alpha reserve plus alpha outstanding. */
  readonly alphaIssuanceRao: bigint;
}): bigint {
  checkRao("rootTaoRao", input.rootTaoRao);
  checkRao("taoWeight", input.taoWeight);
  checkRao("alphaIssuanceRao", input.alphaIssuanceRao);
  const weighted = U96F32.mul(U96F32.fromInt(input.rootTaoRao), u64Fraction(input.taoWeight, U96F32));
  return U96F32.safeDiv(weighted, U96F32.add(weighted, U96F32.fromInt(input.alphaIssuanceRao)));
}
