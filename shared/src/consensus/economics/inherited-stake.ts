import { toU64 } from "../../fixed/convert.ts";
import { U96F32 } from "../../fixed/formats.ts";
import { u64Fraction } from "../../fixed/fractions.ts";
import { checkRao } from "./check.ts";

/** A hotkey's stake (alpha on a subnet, or TAO on root) with what it lends to children and borrows from parents. */
export type Inheritance = {
  readonly ownRao: bigint;
  /** Proportions lent to children, u64 fractions. */
  readonly childProportions: readonly bigint[];
  /** Own stake of each parent and the proportion it lends to this hotkey, u64 fraction. */
  readonly parents: readonly { readonly stakeRao: bigint; readonly proportion: bigint }[];
};

/**
 * Inherited stake in rao: own less what children get (not below 0) plus what parents give, in U96F32, floored at the end. On root
 * itself alpha is not adjusted: do not call this for it. Throws E_ECONOMICS_INPUT. Source: spec/economics.md 2.3.
 */
export function inheritedStake(input: Inheritance): bigint {
  checkRao("ownRao", input.ownRao);
  const own = U96F32.fromInt(input.ownRao);
  const lent = input.childProportions.reduce((sum, proportion, i) => {
    checkRao(`childProportions[${i}]`, proportion);
    return U96F32.add(sum, U96F32.mul(own, u64Fraction(proportion, U96F32)));
  }, 0n);
  const borrowed = input.parents.reduce((sum, { stakeRao, proportion }, i) => {
    checkRao(`parents[${i}].stakeRao`, stakeRao);
    checkRao(`parents[${i}].proportion`, proportion);
    return U96F32.add(sum, U96F32.mul(U96F32.fromInt(stakeRao), u64Fraction(proportion, U96F32)));
  }, 0n);
  return toU64(U96F32.add(U96F32.sub(own, lent), borrowed), U96F32);
}
