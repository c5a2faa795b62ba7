import { U64F64 } from "../../fixed/formats.ts";
import { PERQUINTILL_ONE, perquintillFromRational } from "../../fixed/perquintill.ts";
import { checkBits, checkRao, refuseInput } from "./check.ts";

/** Smallest weight either side of a pool may have, Perquintill parts. Source: spec/economics.md 4. */
export const MIN_POOL_WEIGHT: bigint = PERQUINTILL_ONE / 100n;
/** Weight of a new pool, one half. */
export const INITIAL_POOL_WEIGHT: bigint = PERQUINTILL_ONE / 2n;

/** A subnet's pool. `stable` pools (root and mechanism 0) trade 1:1 without a fee. Source: spec/economics.md 4. */
export type Pool = {
  readonly mechanism: "dynamic" | "stable";
  readonly alphaReserveRao: bigint;
  readonly taoReserveRao: bigint;
  /** Stored TAO weight w2, Perquintill parts; the alpha weight is 1 - w2. */
  readonly taoWeight: bigint;
};

/** Alpha weight w1 = 1 - w2, Perquintill parts. */
export function alphaWeight(pool: Pool): bigint {
  return PERQUINTILL_ONE - pool.taoWeight;
}

/** Spot price in TAO per alpha, U64F64 bits: (w1/w2)*(y/x), 0 without alpha, 1 for a stable pool. Source: spec/economics.md 4.1. */
export function poolPrice(pool: Pool): bigint {
  if (pool.mechanism === "stable") return U64F64.one;
  const weights = U64F64.safeDiv(U64F64.fromInt(alphaWeight(pool)), U64F64.fromInt(pool.taoWeight));
  return U64F64.mul(weights, U64F64.safeDiv(U64F64.fromInt(pool.taoReserveRao), U64F64.fromInt(pool.alphaReserveRao)));
}

/** Limit price in rao per alpha as U64F64 bits of TAO per alpha. Source: spec/economics.md 4.3. */
export function limitPriceBits(limitPriceRao: bigint): bigint {
  checkRao("limitPriceRao", limitPriceRao);
  return U64F64.safeDiv(U64F64.fromInt(limitPriceRao), U64F64.fromInt(1_000_000_000n));
}

/** TAO weight at which given reserves have a given price (U64F64 bits): y/(p*x + y), Perquintill parts. Source: spec/economics.md 4.4. */
export function taoWeightForPrice(alphaReserveRao: bigint, taoReserveRao: bigint, priceBits: bigint): bigint {
  checkRao("alphaReserveRao", alphaReserveRao);
  checkRao("taoReserveRao", taoReserveRao);
  checkBits("priceBits", priceBits);
  const alphaValue = priceBits * alphaReserveRao;
  const taoValue = taoReserveRao << BigInt(U64F64.fraction);
  if (alphaValue + taoValue === 0n) return INITIAL_POOL_WEIGHT;
  return perquintillFromRational(taoValue, alphaValue + taoValue);
}

/** Throws E_ECONOMICS_INPUT when a pool is not a possible state. */
export function checkPool(pool: Pool): void {
  checkRao("pool.alphaReserveRao", pool.alphaReserveRao);
  checkRao("pool.taoReserveRao", pool.taoReserveRao);
  checkBits("pool.taoWeight", pool.taoWeight);
  if (pool.taoWeight < MIN_POOL_WEIGHT || alphaWeight(pool) < MIN_POOL_WEIGHT) {
    refuseInput("pool.taoWeight", "must leave both weights at 0.01 or more");
  }
}
