import { toU64 } from "../../fixed/convert.ts";
import { U96F32 } from "../../fixed/formats.ts";
import { checkBits, checkRao } from "./check.ts";

/** What enters a subnet in one block, U96F32 bits. */
export type InjectionTerms = {
  /** Alpha minted outside the pool. */
  readonly alphaOutBits: bigint;
  /** Alpha and TAO injected into the pool. */
  readonly alphaInBits: bigint;
  readonly taoInBits: bigint;
  /** TAO that buys alpha instead, because alpha is capped. */
  readonly excessTaoBits: bigint;
};

/** Injection terms of one subnet. Throws E_ECONOMICS_INPUT. Source: spec/economics.md 3.6 (1-4). */
export function injectionTerms(input: {
  /** TAO of the subnet in this block, U96F32 bits. */
  readonly taoBits: bigint;
  /** Spot price, U96F32 bits. */
  readonly priceBits: bigint;
  /** Root proportion, U96F32 bits. */
  readonly rootProportionBits: bigint;
  /** Alpha block emission, rao. */
  readonly alphaEmissionRao: bigint;
}): InjectionTerms {
  const { taoBits, priceBits, rootProportionBits, alphaEmissionRao } = input;
  checkBits("taoBits", taoBits);
  checkBits("priceBits", priceBits);
  checkBits("rootProportionBits", rootProportionBits);
  checkRao("alphaEmissionRao", alphaEmissionRao);
  const alphaOutBits = U96F32.fromInt(alphaEmissionRao);
  const cap = U96F32.mul(rootProportionBits, alphaOutBits);
  const wanted = U96F32.safeDiv(taoBits, priceBits);
  const capped = wanted > cap;
  const alphaInBits = capped ? cap : wanted;
  const taoInBits = capped ? U96F32.mul(alphaInBits, priceBits) : taoBits;
  return { alphaOutBits, alphaInBits, taoInBits, excessTaoBits: U96F32.sub(taoBits, taoInBits) };
}

/** The terms as whole rao, each floored, as the pool receives them. Source: spec/economics.md 3.6 (5). */
export function injectionRao(terms: InjectionTerms): {
  alphaOutRao: bigint;
  alphaInRao: bigint;
  taoInRao: bigint;
  excessTaoRao: bigint;
} {
  return {
    alphaOutRao: toU64(terms.alphaOutBits, U96F32),
    alphaInRao: toU64(terms.alphaInBits, U96F32),
    taoInRao: toU64(terms.taoInBits, U96F32),
    excessTaoRao: toU64(terms.excessTaoBits, U96F32),
  };
}
