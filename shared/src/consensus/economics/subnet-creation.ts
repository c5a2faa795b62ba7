import { toU64, U64_MAX } from "../../fixed/convert.ts";
import { I64F64, U64F64 } from "../../fixed/formats.ts";
import { checkAll, checkBits, checkInteger, checkRao } from "./check.ts";

/** Production values: lowest lock, decay interval in blocks at full emission, immunity of a subnet and most subnets. */
export const DEFAULT_MIN_LOCK_RAO = 1_000_000_000_000n;
export const DEFAULT_LOCK_INTERVAL = 100_800;
export const SUBNET_IMMUNITY_BLOCKS = 1_296_000;
export const MAX_SUBNETS = 128;

/** Interval over which the lock cost halves back, scaled by the block emission, floored. Source: spec/economics.md 5.3. */
export function lockInterval(interval: number, blockEmissionRao: bigint): bigint {
  checkInteger("interval", interval);
  checkRao("blockEmissionRao", blockEmissionRao);
  const share = I64F64.safeDiv(I64F64.fromInt(blockEmissionRao), I64F64.fromInt(1_000_000_000n));
  return toU64(I64F64.mul(I64F64.fromInt(interval), share), I64F64);
}

/** Cost of creating a subnet now, in rao. Throws E_ECONOMICS_INPUT. Source: spec/economics.md 5.3. */
export function subnetLockCost(input: {
  readonly lastLockRao: bigint;
  /** Block of the last creation; 0 when there was none. */
  readonly lastLockBlock: number;
  readonly block: number;
  readonly minLockRao: bigint;
  /** From {@link lockInterval}; 0 means no decay. */
  readonly intervalBlocks: bigint;
}): bigint {
  checkRao("lastLockRao", input.lastLockRao);
  checkRao("minLockRao", input.minLockRao);
  checkRao("intervalBlocks", input.intervalBlocks);
  checkInteger("lastLockBlock", input.lastLockBlock);
  checkInteger("block", input.block);
  const raised = input.lastLockRao * (input.lastLockBlock === 0 ? 1n : 2n);
  const perBlock = input.intervalBlocks === 0n ? 0n : input.lastLockRao / input.intervalBlocks;
  const elapsed = BigInt(Math.max(0, input.block - input.lastLockBlock));
  const cost = (raised > U64_MAX ? U64_MAX : raised) - perBlock * elapsed;
  return cost > input.minLockRao ? cost : input.minLockRao;
}

/**
 * Reserves a new subnet starts with, in rao: the lock as TAO and alpha at the median price (U64F64 bits) of the existing subnets, those
 * at price 0 left out. Source: spec/economics.md 5.3.
 */
export function initialReserves(
  lockRao: bigint,
  minLockRao: bigint,
  spotPriceBits: readonly bigint[],
): { readonly taoRao: bigint; readonly alphaRao: bigint } {
  checkRao("lockRao", lockRao);
  checkRao("minLockRao", minLockRao);
  checkAll("spotPriceBits", spotPriceBits, checkBits);
  const taoRao = lockRao > minLockRao ? lockRao : minLockRao;
  return { taoRao, alphaRao: toU64(U64F64.safeDiv(U64F64.fromInt(taoRao), medianPrice(spotPriceBits)), U64F64) };
}

/** Median of the positive prices (U64F64 bits), the mean of the middle two for an even count, 1 for none. Source: spec/economics.md 5.3. */
export function medianPrice(spotPriceBits: readonly bigint[]): bigint {
  const prices = spotPriceBits.filter((price) => price > 0n).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  if (prices.length === 0) return U64F64.one;
  const upper = prices[prices.length >> 1]!;
  return prices.length % 2 === 1 ? upper : (prices[(prices.length >> 1) - 1]! + upper) >> 1n;
}

/**
 * The subnet that makes room when all slots are taken: lowest moving price among those past their immunity, ties to the earliest
 * registered; null when all are immune. Source: spec/economics.md 5.3.
 */
export function chooseSubnetToPrune(
  subnets: readonly { readonly netuid: number; readonly registeredAt: number; readonly movingPriceBits: bigint }[],
  block: number,
  immunityBlocks: number = SUBNET_IMMUNITY_BLOCKS,
): number | null {
  checkInteger("block", block);
  const ripe = subnets.filter(({ registeredAt }) => block >= registeredAt + immunityBlocks);
  ripe.sort((a, b) =>
    a.movingPriceBits !== b.movingPriceBits
      ? a.movingPriceBits < b.movingPriceBits
        ? -1
        : 1
      : a.registeredAt - b.registeredAt,
  );
  return ripe[0]?.netuid ?? null;
}
