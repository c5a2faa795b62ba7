/** Fees (spec/subtensor-interface.md 1.4): 0.0005 rao per picosecond of weight, 1 rao per byte, multiplier 1; nothing for Pays::No but the tip. */
import { BASE_EXTRINSIC_WEIGHT } from "../../../spec/pallets/system.ts";

/** The parts of a fee in rao. */
export interface Fee {
  readonly base: bigint;
  readonly length: bigint;
  readonly weight: bigint;
}

/** Fee of a transaction that pays. */
export function feeOf(weightPs: bigint, lengthBytes: number): Fee {
  return { base: weightFee(BASE_EXTRINSIC_WEIGHT), length: BigInt(lengthBytes), weight: weightFee(weightPs) };
}

/** Sum of the parts. */
export function totalFee(fee: Fee): bigint {
  return fee.base + fee.length + fee.weight;
}

/** Rao for a weight: Perbill 500,000 of it, rounded to nearest. */
export function weightFee(weightPs: bigint): bigint {
  return (weightPs * 500_000n + 500_000_000n) / 1_000_000_000n;
}
