import { convertFixed } from "../../fixed/convert.ts";
import { I96F32, U64F64 } from "../../fixed/formats.ts";
import { checkBits, checkInteger } from "./check.ts";

/** Default rate of the moving price, 0.000003 as the chain stores it (I96F32 bits). */
export const DEFAULT_MOVING_ALPHA_BITS: bigint = I96F32.fromNumber(0.000003);
/** Default number of blocks after which half of the full rate is reached (28 days). */
export const DEFAULT_EMA_HALVING_BLOCKS = 201_600;

/** What one update of a subnet's moving price reads. */
export type MovingPriceInput = {
  /** Stored moving price, I96F32 bits. */
  readonly movingPriceBits: bigint;
  /** Spot price, U64F64 bits; capped at 1 here. */
  readonly spotPriceBits: bigint;
  /** Blocks since the start call: `max(0, block - (first_emission_block - 1))`. */
  readonly blocksSinceStart: number;
  readonly halvingBlocks?: number;
  /** Full rate, I96F32 bits. */
  readonly alphaBits?: bigint;
};

/** New stored moving price, I96F32 bits (floored). Source: spec/economics.md 3.4. */
export function nextMovingPrice(input: MovingPriceInput): bigint {
  const { movingPriceBits, spotPriceBits, blocksSinceStart } = input;
  const { halvingBlocks = DEFAULT_EMA_HALVING_BLOCKS, alphaBits = DEFAULT_MOVING_ALPHA_BITS } = input;
  checkBits("movingPriceBits", movingPriceBits);
  checkBits("spotPriceBits", spotPriceBits);
  checkInteger("blocksSinceStart", blocksSinceStart);
  checkInteger("halvingBlocks", halvingBlocks);
  const blocks = U64F64.fromInt(blocksSinceStart);
  const ramp = U64F64.safeDiv(blocks, U64F64.add(blocks, U64F64.fromInt(halvingBlocks)));
  const rate = U64F64.mul(convertFixed(alphaBits, I96F32, U64F64), ramp);
  const spot = spotPriceBits < U64F64.one ? spotPriceBits : U64F64.one;
  const moved = U64F64.add(
    U64F64.mul(rate, spot),
    U64F64.mul(U64F64.sub(U64F64.one, rate), convertFixed(movingPriceBits, I96F32, U64F64)),
  );
  return convertFixed(moved, U64F64, I96F32);
}

/** Blocks since the start call, for a subnet whose first emission block is known. Source: spec/economics.md 3.4. */
export function blocksSinceStart(block: number, firstEmissionBlock: number): number {
  return Math.max(0, block - Math.max(0, firstEmissionBlock - 1));
}
