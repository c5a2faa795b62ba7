import { toU64 } from "../../fixed/convert.ts";
import { U96F32 } from "../../fixed/formats.ts";
import { u16Fraction, u64Fraction } from "../../fixed/fractions.ts";
import { checkAll, checkRao, checkU16, refuseInput } from "./check.ts";

/** Stake of a hotkey itself (not inherited): alpha on the subnet and TAO on root, in rao. */
export type OwnStake = { readonly alphaRao: bigint; readonly rootRao: bigint };

/** A parent of the child hotkey: its own stake, the proportion it delegates (u64 fraction), and whether it has another owner. */
export type ParentShare = OwnStake & {
  readonly hotkey: string;
  readonly proportion: bigint;
  readonly differentOwner: boolean;
};

/** What the split of one hotkey's validator emission reads. */
export type ParentDividendInput = {
  readonly hotkey: string;
  /** Validator emission of the hotkey, rao. */
  readonly dividendRao: bigint;
  readonly own: OwnStake;
  /** Proportions that the hotkey itself delegates to its children (u64 fractions). */
  readonly childProportions: readonly bigint[];
  readonly parents: readonly ParentShare[];
  /** Childkey take, u16 fraction. */
  readonly childkeyTake: number;
  /** TAO weight, u64 fraction. */
  readonly taoWeight: bigint;
  /** Part of a foreign parent's cut that is recycled, u64 fraction; 0 by default. */
  readonly childkeyBurn?: bigint;
};

/** Who gets how much, and what is recycled (floored parent by parent), in rao. The child itself comes last. */
export type ParentDividends = {
  readonly payouts: readonly { readonly hotkey: string; readonly rao: bigint }[];
  readonly recycledRao: bigint;
};

/** Splits a hotkey's validator emission among its parents and itself. Throws E_ECONOMICS_INPUT. Source: spec/economics.md 3.9 (3). */
export function parentDividends(input: ParentDividendInput): ParentDividends {
  validate(input);
  const weight = u64Fraction(input.taoWeight, U96F32);
  const takeShare = u16Fraction(input.childkeyTake, U96F32);
  const burnShare = u64Fraction(input.childkeyBurn ?? 0n, U96F32);
  const remainder = input.childProportions.reduce((rest, p) => U96F32.sub(rest, u64Fraction(p, U96F32)), U96F32.one);
  const self = U96F32.fromInt(toU64(contribution(input.own, remainder, weight), U96F32));
  const contributions = input.parents.map((parent) =>
    contribution(parent, u64Fraction(parent.proportion, U96F32), weight),
  );
  const total = contributions.reduce(U96F32.add, self);

  const emission = U96F32.fromInt(input.dividendRao);
  let remaining = emission;
  let takes = 0n;
  let recycledRao = 0n;
  const payouts = input.parents.map((parent, k) => {
    let cut = U96F32.mul(emission, U96F32.safeDiv(contributions[k]!, total));
    remaining = U96F32.sub(remaining, cut);
    if (parent.differentOwner) {
      const burn = U96F32.mul(cut, burnShare);
      const take = U96F32.mul(cut, takeShare);
      cut = U96F32.sub(U96F32.sub(cut, burn), take);
      takes = U96F32.add(takes, take);
      recycledRao += toU64(burn, U96F32);
    }
    return { hotkey: parent.hotkey, rao: toU64(cut, U96F32) };
  });
  return {
    payouts: [...payouts, { hotkey: input.hotkey, rao: toU64(U96F32.add(remaining, takes), U96F32) }],
    recycledRao,
  };
}

/** alpha*p + (root*p)*w, U96F32 bits. */
function contribution(stake: OwnStake, proportion: bigint, taoWeight: bigint): bigint {
  const alpha = U96F32.mul(U96F32.fromInt(stake.alphaRao), proportion);
  const root = U96F32.mul(U96F32.mul(U96F32.fromInt(stake.rootRao), proportion), taoWeight);
  return U96F32.add(alpha, root);
}

function validate(input: ParentDividendInput): void {
  checkRao("dividendRao", input.dividendRao);
  checkRao("own.alphaRao", input.own.alphaRao);
  checkRao("own.rootRao", input.own.rootRao);
  checkRao("taoWeight", input.taoWeight);
  checkU16("childkeyTake", input.childkeyTake);
  if (input.childkeyBurn !== undefined) checkRao("childkeyBurn", input.childkeyBurn);
  if (!Array.isArray(input.parents)) refuseInput("parents", "must be an array");
  checkAll("childProportions", input.childProportions, checkRao);
  input.parents.forEach((parent, i) => {
    checkRao(`parents[${i}].alphaRao`, parent.alphaRao);
    checkRao(`parents[${i}].rootRao`, parent.rootRao);
    checkRao(`parents[${i}].proportion`, parent.proportion);
  });
}
