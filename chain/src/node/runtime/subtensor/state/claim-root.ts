import { automaticClaimIndices } from "@subnetkit/shared/consensus/economics/automatic-claims";
import { type ClaimType, claimKeepsAlpha, rootOwed } from "@subnetkit/shared/consensus/economics/root-claims";
import { toU64 } from "@subnetkit/shared/fixed/convert";
import { I96F32 } from "@subnetkit/shared/fixed/formats";
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { RootClaimType } from "../../../../spec/pallets/subtensor-module-types.ts";
import type { Ctx } from "../../pallet.ts";
import { ROOT_NETUID, subnetAccount } from "./ids.ts";
import { moveTao } from "./issuance.ts";
import { claimRates } from "./root-claim.ts";
import { stakeOf } from "./shares.ts";
import { buyAlpha, creditStake, quoteSell, sellAlpha } from "./trade.ts";

const S = subtensorModule.storage;

/** Claims for the coldkeys the parent block hash draws (spec/economics.md 3.11). */
export function claimAutomatically(ctx: Ctx): void {
  const { state, block } = ctx;
  const indexed = Number(state.get(S.NumStakingColdkeys));
  if (indexed === 0) return;
  for (const index of automaticClaimIndices(hexToBytes(block.parentHash), indexed, Number(state.get(S.NumRootClaim)))) {
    const coldkey = state.get(S.StakingColdkeysByIndex, BigInt(index));
    if (coldkey !== undefined) claimRoot(ctx, coldkey);
  }
}

/** Claims what a coldkey is owed on all its hotkeys, on the given subnets or on all. Says nothing: the call does. */
export function claimRoot(ctx: Ctx, coldkey: string, netuids?: readonly number[]): void {
  for (const hotkey of ctx.state.get(S.StakingHotkeys, coldkey)) {
    for (const netuid of claimRates(ctx.state, hotkey).keys()) {
      if (netuids === undefined || netuids.includes(netuid)) claimOn(ctx, { coldkey, hotkey }, netuid);
    }
  }
}

function claimOn(ctx: Ctx, who: { coldkey: string; hotkey: string }, netuid: number): void {
  const { state } = ctx;
  const claimed = state.get(S.RootClaimed, netuid, who.hotkey, who.coldkey);
  const owed = rootOwed({
    rateBits: claimRates(state, who.hotkey).get(netuid) ?? 0n,
    rootStakeRao: stakeOf(state, who.hotkey, who.coldkey, ROOT_NETUID),
    claimedRao: claimed,
    thresholdRao: toU64(state.get(S.RootClaimableThreshold, netuid).bits, I96F32),
  });
  if (!owed.claimable) return;
  if (claimKeepsAlpha(claimTypeOf(state.get(S.RootClaimType, who.coldkey)), netuid))
    creditStake(ctx, who, netuid, owed.owedRao);
  else if (!swapToRoot(ctx, who, netuid, owed.owedRao)) return;
  state.mutate(S.RootClaimed, [netuid, who.hotkey, who.coldkey], (rao) => rao + owed.owedRao);
}

/** Sells claimed alpha without a fee and stakes the TAO on root. False when the pool takes nothing. */
function swapToRoot(ctx: Ctx, who: { coldkey: string; hotkey: string }, netuid: number, alphaRao: bigint): boolean {
  if (quoteSell(ctx, netuid, alphaRao, { fee: false }).kind === "refused") return false;
  const { out } = sellAlpha(ctx, netuid, alphaRao, { fee: false });
  moveTao(ctx, subnetAccount(netuid), subnetAccount(ROOT_NETUID), out);
  buyAlpha(ctx, ROOT_NETUID, out);
  creditStake(ctx, who, ROOT_NETUID, out);
  ctx.state.mutate(S.SubnetProtocolFlow, [netuid], (flow) => flow - out);
  ctx.state.mutate(S.SubnetRootSellTao, [netuid], (total) => total + out);
  return true;
}

function claimTypeOf(type: RootClaimType): ClaimType {
  switch (type.type) {
    case "Swap":
      return { kind: "swap" };
    case "Keep":
      return { kind: "keep" };
    case "KeepSubnets":
      return { kind: "keepSubnets", netuids: type.value.subnets };
  }
}
