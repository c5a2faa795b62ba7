import { toU64 } from "../../fixed/convert.ts";
import { U96F32 } from "../../fixed/formats.ts";
import { u16Fraction } from "../../fixed/fractions.ts";
import { checkBits, checkU16 } from "./check.ts";

/** Largest validator and childkey take, 18 percent, as u16 fraction. */
export const MAX_TAKE = 11_796;

/**
 * Splits a dividend (U96F32 bits) into the validator's take and the stakers' rest, both floored to rao by themselves.
 * Throws E_ECONOMICS_INPUT. Source: spec/economics.md 3.9 (8-9).
 */
export function splitTake(dividendBits: bigint, take: number): { readonly takeRao: bigint; readonly restRao: bigint } {
  checkBits("dividendBits", dividendBits);
  checkU16("take", take);
  const taken = U96F32.mul(dividendBits, u16Fraction(take, U96F32));
  return { takeRao: toU64(taken, U96F32), restRao: toU64(U96F32.sub(dividendBits, taken), U96F32) };
}
