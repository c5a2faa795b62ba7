import { clampUnsigned, toU64, U64_MAX } from "../../fixed/convert.ts";
import { U64F64 } from "../../fixed/formats.ts";
import { PERQUINTILL_ONE } from "../../fixed/perquintill.ts";
import { POW_SCALE, powRatio } from "../../fixed/pow-ratio.ts";
import { checkInteger, checkRao } from "./check.ts";
import { alphaWeight, checkPool, limitPriceBits, type Pool, poolPrice } from "./pool.ts";

/** Default fee rate, u16 fraction (0.05 percent), and the largest one. */
export const DEFAULT_FEE_RATE = 33;
export const MAX_FEE_RATE = 10_000;
/** A fee of the whole input leaves nothing to divide by. */
const LARGEST_FEE_RATE = 65_534;
/** Default price limits in rao per alpha of orders that name none. */
export const DEFAULT_BUY_LIMIT_RAO = 1_000_000_000_000_000n;
export const DEFAULT_SELL_LIMIT_RAO = 1_000n;
/** Smallest out-reserve a swap accepts, rao, and the largest net input in multiples of the in-reserve. */
export const MIN_RESERVE_RAO = 1_000_000n;
export const MAX_INPUT_FACTOR = 1_000n;

/** Fee rate as u16 fraction (0 for swaps without a fee) and price limit in rao per alpha (null for none). */
export type SwapOptions = { readonly feeRate: number; readonly limitPriceRao: bigint | null };

/** Why a swap is refused; nothing changes then. */
export type SwapRefusal =
  | "reservesTooLow"
  | "priceLimitExceeded"
  | "inputTooLarge"
  | "zeroOutput"
  | "insufficientLiquidity";

/** A swap's result: paid = net + fee; what the limit left over is `refundRao`. The pool does not receive the fee. */
export type SwapResult =
  | {
      readonly kind: "swapped";
      readonly paidRao: bigint;
      readonly netRao: bigint;
      readonly feeRao: bigint;
      readonly outRao: bigint;
      readonly refundRao: bigint;
      readonly pool: Pool;
    }
  | { readonly kind: "refused"; readonly reason: SwapRefusal };

/** Sells alpha for TAO. Throws E_ECONOMICS_INPUT for impossible arguments. Source: spec/economics.md 4.2 and 4.3. */
export function swapAlphaForTao(pool: Pool, alphaRao: bigint, options: SwapOptions): SwapResult {
  return swap(pool, SELL, alphaRao, options);
}

/** Buys alpha with TAO. Throws E_ECONOMICS_INPUT for impossible arguments. Source: spec/economics.md 4.2 and 4.3. */
export function swapTaoForAlpha(pool: Pool, taoRao: bigint, options: SwapOptions): SwapResult {
  return swap(pool, BUY, taoRao, options);
}

/** Fee on a whole input: floor(amount*rate/65535). Source: spec/economics.md 4.2. */
export function swapFee(amountRao: bigint, feeRate: number): bigint {
  return (amountRao * BigInt(feeRate)) / 65_535n;
}

/** Smallest stake that is accepted, including its fee. Source: spec/economics.md 4.5. */
export function minimumStake(minStakeRao: bigint, feeRate: number): bigint {
  checkRao("minStakeRao", minStakeRao);
  checkInteger("feeRate", feeRate, LARGEST_FEE_RATE);
  return minStakeRao + swapFee(minStakeRao, feeRate);
}

/** The two directions of a swap: which reserve grows, with which exponent, and on which side of a price they stop. */
type Direction = {
  inReserve(pool: Pool): bigint;
  outReserve(pool: Pool): bigint;
  weights(pool: Pool): readonly [numerator: bigint, denominator: bigint];
  after(pool: Pool, netRao: bigint, outRao: bigint): Pool;
  passes(price: bigint, limit: bigint): boolean;
  /** Net input that moves the price from `price` to `limit`, both U64F64 bits. */
  inputToLimit(pool: Pool, price: bigint, limit: bigint): bigint;
};

const SELL: Direction = {
  inReserve: (pool) => pool.alphaReserveRao,
  outReserve: (pool) => pool.taoReserveRao,
  weights: (pool) => [alphaWeight(pool), pool.taoWeight],
  after: (pool, netRao, outRao) => ({
    ...pool,
    alphaReserveRao: pool.alphaReserveRao + netRao,
    taoReserveRao: pool.taoReserveRao - outRao,
  }),
  passes: (price, limit) => price < limit,
  inputToLimit: (pool, price, limit) => growth(pool.alphaReserveRao, price, limit, pool.taoWeight),
};

const BUY: Direction = {
  inReserve: (pool) => pool.taoReserveRao,
  outReserve: (pool) => pool.alphaReserveRao,
  weights: (pool) => [pool.taoWeight, alphaWeight(pool)],
  after: (pool, netRao, outRao) => ({
    ...pool,
    taoReserveRao: pool.taoReserveRao + netRao,
    alphaReserveRao: pool.alphaReserveRao - outRao,
  }),
  passes: (price, limit) => price > limit,
  inputToLimit: (pool, price, limit) => growth(pool.taoReserveRao, limit, price, alphaWeight(pool)),
};

function swap(pool: Pool, direction: Direction, amountRao: bigint, options: SwapOptions): SwapResult {
  checkPool(pool);
  checkRao("amountRao", amountRao);
  checkInteger("feeRate", options.feeRate, LARGEST_FEE_RATE);
  if (pool.mechanism === "stable") return oneToOne(pool, amountRao);
  if (direction.outReserve(pool) < MIN_RESERVE_RAO) return { kind: "refused", reason: "reservesTooLow" };
  const limit = options.limitPriceRao === null ? null : limitPriceBits(options.limitPriceRao);
  const price = poolPrice(pool);
  // The limit must lie on the far side: equality counts as passed.
  if (limit !== null && (price === limit || direction.passes(price, limit)))
    return { kind: "refused", reason: "priceLimitExceeded" };

  let feeRao = swapFee(amountRao, options.feeRate);
  let netRao = amountRao - feeRao;
  if (limit !== null && direction.passes(priceAfter(pool, direction, netRao), limit)) {
    netRao = direction.inputToLimit(pool, price, limit);
    feeRao = (netRao * BigInt(options.feeRate)) / (65_535n - BigInt(options.feeRate));
  }
  return settle(pool, direction, amountRao, netRao, feeRao);
}

function settle(pool: Pool, direction: Direction, amountRao: bigint, netRao: bigint, feeRao: bigint): SwapResult {
  if (netRao > MAX_INPUT_FACTOR * direction.inReserve(pool)) return { kind: "refused", reason: "inputTooLarge" };
  const outRao = outputOf(pool, direction, netRao);
  if (netRao > 0n && outRao === 0n) return { kind: "refused", reason: "zeroOutput" };
  if (outRao > direction.outReserve(pool)) return { kind: "refused", reason: "insufficientLiquidity" };
  const paidRao = netRao + feeRao;
  return {
    kind: "swapped",
    paidRao,
    netRao,
    feeRao,
    outRao,
    refundRao: amountRao > paidRao ? amountRao - paidRao : 0n,
    pool: direction.after(pool, netRao, outRao),
  };
}

/** floor(out-reserve * (1 - e)) with e = (in/(in+d))^(w_in/w_out) to 18 decimals. */
function outputOf(pool: Pool, direction: Direction, netRao: bigint): bigint {
  const reserve = direction.inReserve(pool);
  const [numerator, denominator] = direction.weights(pool);
  if (netRao === 0n) return 0n;
  const kept = U64F64.safeDiv(
    U64F64.fromInt(powRatio(reserve, reserve + netRao, numerator, denominator)),
    U64F64.fromInt(POW_SCALE),
  );
  return toU64(U64F64.mul(U64F64.fromInt(direction.outReserve(pool)), U64F64.sub(U64F64.one, kept)), U64F64);
}

function priceAfter(pool: Pool, direction: Direction, netRao: bigint): bigint {
  return poolPrice(direction.after(pool, netRao, outputOf(pool, direction, netRao)));
}

/** floor(reserve * ((higher/lower)^weight - 1)), 0 when the power is below 1. */
function growth(reserve: bigint, higher: bigint, lower: bigint, weight: bigint): bigint {
  if (lower === 0n) return U64_MAX;
  const power = clampUnsigned(powRatio(higher, lower, weight, PERQUINTILL_ONE), U64_MAX);
  const factor = U64F64.sub(U64F64.safeDiv(U64F64.fromInt(power), U64F64.fromInt(POW_SCALE)), U64F64.one);
  return toU64(U64F64.mul(U64F64.fromInt(reserve), factor), U64F64);
}

/** A stable pool pays 1:1 and takes no fee; its reserves are bookkeeping of the caller. */
function oneToOne(pool: Pool, amountRao: bigint): SwapResult {
  return { kind: "swapped", paidRao: amountRao, netRao: amountRao, feeRao: 0n, outRao: amountRao, refundRao: 0n, pool };
}
