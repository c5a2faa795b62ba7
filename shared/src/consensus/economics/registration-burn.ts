import { toU64 } from "../../fixed/convert.ts";
import { Q32, U64F64 } from "../../fixed/formats.ts";
import { checkBits, checkInteger, checkRao } from "./check.ts";

/** Default half-life of the burn in blocks, bump per registration (1.26 as the chain stores it, U64F64 bits) and production bounds. */
export const DEFAULT_BURN_HALF_LIFE = 360;
export const DEFAULT_BURN_INCREASE_BITS: bigint = U64F64.fromNumber(1.26);
export const DEFAULT_MIN_BURN_RAO = 500_000n;
export const DEFAULT_MAX_BURN_RAO = 100_000_000_000n;

/** Lower and upper bound of the burn, rao. */
export type BurnBounds = { readonly minRao: bigint; readonly maxRao: bigint };

/**
 * Per-block decay factor in Q32 bits for a half-life in blocks: the largest value the chain's bisection finds whose power does not
 * exceed one half. A half-life of 0 means no decay. f(360) = 4286705684. Throws E_ECONOMICS_INPUT. Source: spec/economics.md 5.1 (1).
 */
export function burnDecayFactor(halfLifeBlocks: number): bigint {
  checkInteger("halfLifeBlocks", halfLifeBlocks, 65_535);
  if (halfLifeBlocks === 0) return Q32.one;
  const half = Q32.one >> 1n;
  let low = 0n;
  let high = Q32.one;
  while (low + 1n < high) {
    const middle = low + (high - low) / 2n;
    if (powQ32(middle, halfLifeBlocks) > half) high = middle;
    else low = middle;
  }
  return low;
}

/** base^exponent in Q32 by square and multiply, floored after every product. Source: spec/economics.md 5.1 (1). */
export function powQ32(base: bigint, exponent: number): bigint {
  let result = Q32.one;
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = Q32.mul(result, square);
    square = Q32.mul(square, square);
  }
  return result;
}

/** Burn of the next block: floor(burn * factor), inside the bounds. Throws E_ECONOMICS_INPUT. Source: spec/economics.md 5.1 (1-2). */
export function decayBurn(burnRao: bigint, factorBits: bigint, bounds: BurnBounds): bigint {
  checkRao("burnRao", burnRao);
  checkBits("factorBits", factorBits);
  return clampBurn((burnRao * factorBits) >> BigInt(Q32.fraction), bounds);
}

/** Burn after a registration: floor(burn * max(mult, 1)), inside the bounds; mult in U64F64 bits. Source: spec/economics.md 5.1 (3). */
export function bumpBurn(burnRao: bigint, increaseBits: bigint, bounds: BurnBounds): bigint {
  checkRao("burnRao", burnRao);
  checkBits("increaseBits", increaseBits);
  const multiplier = increaseBits > U64F64.one ? increaseBits : U64F64.one;
  return clampBurn(toU64(U64F64.mul(U64F64.fromInt(burnRao), multiplier), U64F64), bounds);
}

function clampBurn(burnRao: bigint, { minRao, maxRao }: BurnBounds): bigint {
  checkRao("bounds.minRao", minRao);
  checkRao("bounds.maxRao", maxRao);
  return burnRao < minRao ? minRao : burnRao > maxRao ? maxRao : burnRao;
}
