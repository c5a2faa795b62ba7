import { toU64, U128_MAX } from "../../fixed/convert.ts";
import { I96F32 } from "../../fixed/formats.ts";
import { checkBits, checkRao } from "./check.ts";

/** Default claim threshold, rao of alpha. */
export const DEFAULT_CLAIM_THRESHOLD_RAO = 500_000n;

/** Outcome of a root dividend: a higher claim rate (I96F32 bits), or alpha staked to the hotkey's owner because the amount is too large. */
export type ClaimRateChange =
  | { readonly kind: "rate"; readonly rateBits: bigint }
  | { readonly kind: "stakeToOwner"; readonly rao: bigint };

/** Adds a root dividend to the claim rate of a (hotkey, subnet). Throws E_ECONOMICS_INPUT. Source: spec/economics.md 3.10. */
export function addRootDividend(rateBits: bigint, amountRao: bigint, totalRootStakeRao: bigint): ClaimRateChange {
  checkBits("rateBits", rateBits);
  checkRao("amountRao", amountRao);
  checkRao("totalRootStakeRao", totalRootStakeRao);
  if (amountRao > totalRootStakeRao) return { kind: "stakeToOwner", rao: amountRao };
  const increment = I96F32.safeDiv(I96F32.fromInt(amountRao), I96F32.fromInt(totalRootStakeRao));
  return { kind: "rate", rateBits: I96F32.add(rateBits, increment) };
}

/** What a coldkey is owed on a (hotkey, subnet), and whether an automatic claim pays it. */
export type RootOwed = { readonly owedBits: bigint; readonly owedRao: bigint; readonly claimable: boolean };

/** Owed alpha: rate * root stake less what was claimed; not below 0. Throws E_ECONOMICS_INPUT. Source: spec/economics.md 3.10. */
export function rootOwed(input: {
  /** Claim rate, I96F32 bits. */
  readonly rateBits: bigint;
  /** The coldkey's root stake on the hotkey, rao. */
  readonly rootStakeRao: bigint;
  /** Claimed so far, rao (u128). */
  readonly claimedRao: bigint;
  readonly thresholdRao?: bigint;
}): RootOwed {
  checkBits("rateBits", input.rateBits);
  checkRao("rootStakeRao", input.rootStakeRao);
  checkBits("claimedRao", input.claimedRao);
  const earned = I96F32.mul(input.rateBits, I96F32.fromInt(input.rootStakeRao));
  const difference = I96F32.sub(earned, I96F32.fromInt(input.claimedRao));
  const owedBits = difference > 0n ? difference : 0n;
  const owedRao = toU64(owedBits, I96F32);
  const threshold = I96F32.fromInt(input.thresholdRao ?? DEFAULT_CLAIM_THRESHOLD_RAO);
  return { owedBits, owedRao, claimable: owedBits >= threshold && owedRao > 0n };
}

/**
 * Claimed amount after `stakeDeltaRao` of root stake was added (positive) or removed (negative), so that the change owes nothing:
 * moved by floor(rate * |delta|), not below 0. Throws E_ECONOMICS_INPUT. Source: spec/economics.md 3.10.
 */
export function claimedAfterStakeChange(claimedRao: bigint, rateBits: bigint, stakeDeltaRao: bigint): bigint {
  checkBits("claimedRao", claimedRao);
  checkBits("rateBits", rateBits);
  const magnitude = stakeDeltaRao < 0n ? -stakeDeltaRao : stakeDeltaRao;
  checkRao("stakeDeltaRao", magnitude);
  const moved = I96F32.floor(I96F32.mul(rateBits, I96F32.fromInt(magnitude)));
  const claimed = stakeDeltaRao < 0n ? claimedRao - moved : claimedRao + moved;
  return claimed < 0n ? 0n : claimed > U128_MAX ? U128_MAX : claimed;
}

/** How a coldkey wants its root dividends. */
export type ClaimType =
  | { readonly kind: "swap" }
  | { readonly kind: "keep" }
  | { readonly kind: "keepSubnets"; readonly netuids: readonly number[] };

/** True when the claim on a subnet keeps alpha, false when it is swapped to TAO on root. Source: spec/economics.md 3.10. */
export function claimKeepsAlpha(type: ClaimType, netuid: number): boolean {
  switch (type.kind) {
    case "swap":
      return false;
    case "keep":
      return true;
    case "keepSubnets":
      return type.netuids.includes(netuid);
  }
}
