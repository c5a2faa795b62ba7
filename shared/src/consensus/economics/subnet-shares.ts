import { convertFixed } from "../../fixed/convert.ts";
import { I96F32, U64F64, U96F32 } from "../../fixed/formats.ts";
import { sumFixed } from "../../fixed/vector.ts";
import { checkBits, checkRao } from "./check.ts";

/** A subnet that takes part in the emission of a block (spec/economics.md 3.3). */
export type EmissionCandidate = {
  readonly netuid: number;
  /** Moving price, I96F32 bits. */
  readonly movingPriceBits: bigint;
  /** Share of the last tempo's miner emission that was withheld (3.9), U96F32 bits. */
  readonly burnedBits: bigint;
  /** The subnet's TAO emission switch. */
  readonly emissionEnabled: boolean;
};

/** A subnet's share of the block's TAO (U64F64 bits) and the TAO itself (U96F32 bits, not floored to rao). */
export type SubnetTao = { readonly netuid: number; readonly shareBits: bigint; readonly taoBits: bigint };

/**
 * Splits the TAO of a block among subnets by moving price scaled by (1 - burned), with the emission switch.
 * Throws E_ECONOMICS_INPUT. Source: spec/economics.md 3.5.
 */
export function splitTaoAmongSubnets(candidates: readonly EmissionCandidate[], blockTaoRao: bigint): SubnetTao[] {
  checkRao("blockTaoRao", blockTaoRao);
  candidates.forEach((candidate, i) => {
    checkBits(`candidates[${i}].movingPriceBits`, candidate.movingPriceBits);
    checkBits(`candidates[${i}].burnedBits`, candidate.burnedBits);
  });
  const enabled = candidates.map((candidate) => candidate.emissionEnabled);
  const shares = applyEmissionSwitch(priceShares(candidates), enabled);
  return candidates.map(({ netuid }, i) => ({
    netuid,
    shareBits: shares[i]!,
    taoBits: taoOfShare(blockTaoRao, shares[i]!),
  }));
}

/** Shares by moving price scaled by (1 - burned), before the emission switch; U64F64 bits. Source: spec/economics.md 3.5 (1-3). */
export function priceShares(
  candidates: readonly Pick<EmissionCandidate, "movingPriceBits" | "burnedBits">[],
): bigint[] {
  const prices = shareOfSum(candidates.map(({ movingPriceBits }) => convertFixed(movingPriceBits, I96F32, U64F64)));
  const scaled = prices.map((price, i) => {
    const burned = convertFixed(candidates[i]!.burnedBits, U96F32, U64F64);
    return U64F64.mul(price, U64F64.sub(U64F64.one, burned < U64F64.one ? burned : U64F64.one));
  });
  return scaled.some((share) => share > 0n) ? shareOfSum(scaled) : prices;
}

/** Takes the shares of switched-off subnets away and scales the others up; with none switched off nothing changes. Source: spec/economics.md 3.5 (4). */
export function applyEmissionSwitch(shares: readonly bigint[], enabled: readonly boolean[]): bigint[] {
  if (enabled.every(Boolean)) return [...shares];
  return shareOfSum(shares.map((share, i) => (enabled[i] ? share : 0n)));
}

/** TAO of a share as U96F32 bits. Source: spec/economics.md 3.5 (5). */
export function taoOfShare(blockTaoRao: bigint, shareBits: bigint): bigint {
  return convertFixed(U64F64.mul(U64F64.fromInt(blockTaoRao), shareBits), U64F64, U96F32);
}

function shareOfSum(values: readonly bigint[]): bigint[] {
  const total = sumFixed(values, U64F64);
  return values.map((value) => U64F64.safeDiv(value, total));
}
