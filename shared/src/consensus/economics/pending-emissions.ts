import { convertFixed, toU64 } from "../../fixed/convert.ts";
import { I96F32, U96F32 } from "../../fixed/formats.ts";
import { u16Fraction } from "../../fixed/fractions.ts";
import { sumFixed } from "../../fixed/vector.ts";
import { checkBits, checkU16 } from "./check.ts";

/** What one block adds to the pending pots of a subnet, in rao, each floored by itself. */
export type PendingEmissions = {
  readonly ownerRao: bigint;
  readonly serverRao: bigint;
  readonly validatorRao: bigint;
  /** Root part that becomes pending; 0 while root is recycled. */
  readonly rootRao: bigint;
  /** Root part that is recycled (leaves the outstanding alpha) instead. */
  readonly rootRecycledRao: bigint;
};

const HALF = U96F32.one >> 1n;

/** Pending amounts of one block. Throws E_ECONOMICS_INPUT. Source: spec/economics.md 3.8. */
export function pendingEmissions(input: {
  /** Alpha emission of the block, U96F32 bits (whole rao in production). */
  readonly alphaOutBits: bigint;
  /** Owner cut as u16 fraction; null when the subnet's owner cut is switched off. */
  readonly ownerCut: number | null;
  /** Root proportion after this block's injection and minting, U96F32 bits. */
  readonly rootProportionBits: bigint;
  /** Whether root dividends are paid ({@link rootSellFlag}). */
  readonly rootSell: boolean;
}): PendingEmissions {
  checkBits("alphaOutBits", input.alphaOutBits);
  checkBits("rootProportionBits", input.rootProportionBits);
  if (input.ownerCut !== null) checkU16("ownerCut", input.ownerCut);
  const owner = input.ownerCut === null ? 0n : U96F32.mul(input.alphaOutBits, u16Fraction(input.ownerCut, U96F32));
  const rest = U96F32.sub(input.alphaOutBits, owner);
  const root = U96F32.mul(U96F32.mul(input.rootProportionBits, rest), HALF);
  const server = U96F32.mul(rest, HALF);
  const validator = U96F32.sub(U96F32.sub(rest, server), root);
  const rootRao = toU64(root, U96F32);
  return {
    ownerRao: toU64(owner, U96F32),
    serverRao: toU64(server, U96F32),
    validatorRao: toU64(validator, U96F32),
    rootRao: input.rootSell ? rootRao : 0n,
    rootRecycledRao: input.rootSell ? 0n : rootRao,
  };
}

/** True when the moving prices (I96F32 bits) of the participating subnets sum to more than 1. Source: spec/economics.md 3.8 (5). */
export function rootSellFlag(movingPriceBits: readonly bigint[]): boolean {
  return (
    sumFixed(
      movingPriceBits.map((price) => convertFixed(price, I96F32, U96F32)),
      U96F32,
    ) > U96F32.one
  );
}
