import { convertFixed, toU64 } from "../../fixed/convert.ts";
import { I32F32, I96F32 } from "../../fixed/formats.ts";
import { normalise, sumFixed } from "../../fixed/vector.ts";
import type { EmissionVectors } from "./types.ts";

/** The vectors that emission is made of, I32F32 bits. */
export type EmissionInput = {
  readonly incentive: readonly bigint[];
  readonly dividends: readonly bigint[];
  readonly activeStake: readonly bigint[];
  readonly stake: readonly bigint[];
};

/**
 * Step 15: rao per uid for the miner side, the validator side and both. Without any incentive and dividends the validator side follows
 * the active stake, or the unmasked stake when nobody is active. Dust is dropped. Source: spec/economics.md 2.7.
 */
export function emission(input: EmissionInput, emissionRao: bigint): EmissionVectors {
  const scores = input.incentive.map((value, i) => I32F32.add(value, input.dividends[i]!));
  const total = sumFixed(scores);
  const toRao = (shares: readonly bigint[]): bigint[] => shares.map((share) => raoOf(share, emissionRao));
  if (total === 0n) {
    const fallback = toRao(input.activeStake.every((share) => share === 0n) ? input.stake : input.activeStake);
    return { server: input.incentive.map(() => 0n), validator: fallback, combined: fallback };
  }
  return {
    server: toRao(input.incentive.map((value) => I32F32.safeDiv(value, total))),
    validator: toRao(input.dividends.map((value) => I32F32.safeDiv(value, total))),
    combined: toRao(normalise(scores)),
  };
}

function raoOf(share: bigint, emissionRao: bigint): bigint {
  return toU64(I96F32.mul(convertFixed(share, I32F32, I96F32), I96F32.fromInt(emissionRao)), I96F32);
}
