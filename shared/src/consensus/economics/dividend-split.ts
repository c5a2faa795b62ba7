import { U96F32 } from "../../fixed/formats.ts";
import { u64Fraction } from "../../fixed/fractions.ts";
import { sumFixed } from "../../fixed/vector.ts";
import { checkBits, checkRao } from "./check.ts";

/** One hotkey's dividend weight (summed over all its children) and its own current stake, in rao. */
export type DividendWeight = {
  readonly hotkey: string;
  readonly dividendRao: bigint;
  readonly alphaStakeRao: bigint;
  readonly rootStakeRao: bigint;
};

/** What a hotkey earns from the two pots, U96F32 bits (not floored: the take is cut first). */
export type HotkeyDividends = { readonly hotkey: string; readonly alphaBits: bigint; readonly rootBits: bigint };

/** Validator pot of an epoch: it includes the server pot when no incentive is paid at all. Source: spec/economics.md 3.9 (2). */
export function validatorPot(validatorRao: bigint, serverRao: bigint, incentiveTotalRao: bigint): bigint {
  checkRao("validatorRao", validatorRao);
  checkRao("serverRao", serverRao);
  return incentiveTotalRao === 0n ? validatorRao + serverRao : validatorRao;
}

/**
 * Divides the validator pot by the alpha side and the root pot by the root side of every hotkey's dividend weight.
 * Throws E_ECONOMICS_INPUT. Source: spec/economics.md 3.9 (4-5).
 */
export function splitDividends(
  weights: readonly DividendWeight[],
  pots: { readonly validatorPotRao: bigint; readonly rootPotRao: bigint; readonly taoWeight: bigint },
): HotkeyDividends[] {
  checkRao("validatorPotRao", pots.validatorPotRao);
  checkRao("rootPotRao", pots.rootPotRao);
  checkRao("taoWeight", pots.taoWeight);
  const taoWeight = u64Fraction(pots.taoWeight, U96F32);
  const sides = weights.map((weight, i) => {
    checkBits(`weights[${i}].dividendRao`, weight.dividendRao);
    checkRao(`weights[${i}].alphaStakeRao`, weight.alphaStakeRao);
    checkRao(`weights[${i}].rootStakeRao`, weight.rootStakeRao);
    return rootAndAlpha(weight, taoWeight);
  });
  const totalAlpha = sumFixed(
    sides.map((side) => side.alpha),
    U96F32,
  );
  const totalRoot = sumFixed(
    sides.map((side) => side.root),
    U96F32,
  );
  const alphaPot = U96F32.fromInt(pots.validatorPotRao);
  const rootPot = U96F32.fromInt(pots.rootPotRao);
  return weights.map(({ hotkey }, i) => ({
    hotkey,
    alphaBits: U96F32.mul(alphaPot, U96F32.safeDiv(sides[i]!.alpha, totalAlpha)),
    rootBits: U96F32.mul(rootPot, U96F32.safeDiv(sides[i]!.root, totalRoot)),
  }));
}

function rootAndAlpha(weight: DividendWeight, taoWeight: bigint): { root: bigint; alpha: bigint } {
  const rootStake = U96F32.mul(U96F32.fromInt(weight.rootStakeRao), taoWeight);
  const ratio = U96F32.safeDiv(rootStake, U96F32.add(U96F32.fromInt(weight.alphaStakeRao), rootStake));
  const dividend = U96F32.fromInt(weight.dividendRao);
  const root = U96F32.mul(dividend, ratio);
  return { root, alpha: U96F32.sub(dividend, root) };
}
