import { U128_MAX } from "../../fixed/convert.ts";
import { mulPerquintillRound, PERQUINTILL_ONE, perquintillFromRational } from "../../fixed/perquintill.ts";
import { checkRao } from "./check.ts";
import { alphaWeight, checkPool, INITIAL_POOL_WEIGHT, MIN_POOL_WEIGHT, type Pool } from "./pool.ts";

/** Outcome of an injection: the new TAO weight (reserves still unchanged), or a rejection that changes nothing. */
export type InjectionResult = { readonly kind: "accepted"; readonly taoWeight: bigint } | { readonly kind: "rejected" };

/**
 * Pool weights for which adding (taoRao, alphaRao) leaves the price as it is. The caller adds the reserves afterwards, because the
 * excess buy comes in between. Throws E_ECONOMICS_INPUT. Source: spec/economics.md 4.4 and 3.6 (5-7).
 */
export function injectionWeights(pool: Pool, taoRao: bigint, alphaRao: bigint): InjectionResult {
  checkPool(pool);
  checkRao("taoRao", taoRao);
  checkRao("alphaRao", alphaRao);
  const capped = (value: bigint): bigint => (value > U128_MAX ? U128_MAX : value);
  const alphaSide = mulPerquintillRound(
    capped(pool.taoReserveRao * (pool.alphaReserveRao + alphaRao)),
    alphaWeight(pool),
  );
  const taoSide = mulPerquintillRound(capped(pool.alphaReserveRao * (pool.taoReserveRao + taoRao)), pool.taoWeight);
  const total = alphaSide + taoSide;
  const taoWeight = total === 0n ? INITIAL_POOL_WEIGHT : perquintillFromRational(taoSide, total);
  const inRange = taoWeight >= MIN_POOL_WEIGHT && PERQUINTILL_ONE - taoWeight >= MIN_POOL_WEIGHT;
  return inRange ? { kind: "accepted", taoWeight } : { kind: "rejected" };
}

/** The pool after an injection by itself: new weights and grown reserves, or the same pool when it is rejected. */
export function injectLiquidity(pool: Pool, taoRao: bigint, alphaRao: bigint): Pool {
  const result = injectionWeights(pool, taoRao, alphaRao);
  if (result.kind === "rejected") return pool;
  return {
    ...pool,
    taoReserveRao: pool.taoReserveRao + taoRao,
    alphaReserveRao: pool.alphaReserveRao + alphaRao,
    taoWeight: result.taoWeight,
  };
}
