import { initialReserves } from "@subnetkit/shared/consensus/economics/subnet-creation";
import { staggeredLastEpoch } from "@subnetkit/shared/consensus/epoch/schedule";
import { U64_MAX } from "@subnetkit/shared/fixed/convert";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { swap } from "../../../../spec/pallets/swap.ts";
import type { Ctx } from "../../pallet.ts";
import { spotPrice } from "../../swap/pool-state.ts";
import { createHotkeyIfNew } from "./hotkeys.ts";
import { ROOT_NETUID } from "./ids.ts";
import { appendNeuron, hotkeysOf } from "./neurons.ts";
import { netuids, subnetExists, subnetNetuids } from "./subnets.ts";
import { freeSymbol } from "./symbols.ts";

const S = subtensorModule.storage;

/** Values a registered subnet starts with where they are not the storage defaults (spec/subtensor-interface.md 5.1). */
const FRESH = {
  maxUids: 256,
  maxValidators: 64,
  minWeights: 1,
  immunityBlocks: 5_000,
  burnRao: 1_000_000_000n,
} as const;

/** Lowest netuid from 1 on that is not taken. */
export function freeNetuid(ctx: Ctx): number {
  let netuid = 1;
  while (subnetExists(ctx.state, netuid)) netuid += 1;
  return netuid;
}

/** Fills in a new subnet: settings, owner as uid 0, pool, symbol (spec/subtensor-interface.md 5.4). The lock is paid already. */
export function createNetwork(
  ctx: Ctx,
  netuid: number,
  owner: { coldkey: string; hotkey: string },
  lockRao: bigint,
): void {
  const { state, block } = ctx;
  const prices = subnetNetuids(state).map((other) => spotPrice(state, other));
  const symbol = freeSymbol(state, netuid);
  state.put(S.NetworksAdded, [netuid], true);
  state.mutate(S.TotalNetworks, [], (total) => total + 1);
  state.put(S.SubnetworkN, [netuid], 0);
  initSettings(ctx, netuid);
  state.put(S.NetworkRegisteredAt, [netuid], BigInt(block.number));
  state.mutate(S.RegisteredSubnetCounter, [netuid], (count) => count + 1n);
  state.put(S.LastEpochBlock, [netuid], BigInt(staggeredLastEpoch(netuid, state.get(S.Tempo, netuid), block.number)));
  state.put(S.TokenSymbol, [netuid], symbol);
  seedPool(ctx, netuid, lockRao, prices);
  createHotkeyIfNew(state, owner.coldkey, owner.hotkey);
  state.put(S.SubnetOwner, [netuid], owner.coldkey);
  appendNeuron(state, netuid, owner.hotkey, block.number);
  state.put(S.SubnetOwnerHotkey, [netuid], owner.hotkey);
  ctx.emit(subtensorModule, "SubnetOwnerHotkeySet", [netuid, owner.hotkey]);
}

function initSettings(ctx: Ctx, netuid: number): void {
  const { state } = ctx;
  state.put(S.Tempo, [netuid], S.Tempo.missing());
  state.put(S.NetworkRegistrationAllowed, [netuid], true);
  ctx.emit(subtensorModule, "RegistrationAllowed", [netuid, true]);
  state.put(S.MaxAllowedUids, [netuid], FRESH.maxUids);
  ctx.emit(subtensorModule, "MaxAllowedUidsSet", [netuid, FRESH.maxUids]);
  state.put(S.MaxAllowedValidators, [netuid], FRESH.maxValidators);
  ctx.emit(subtensorModule, "MaxAllowedValidatorsSet", [netuid, FRESH.maxValidators]);
  state.put(S.MinAllowedWeights, [netuid], FRESH.minWeights);
  ctx.emit(subtensorModule, "MinAllowedWeightSet", [netuid, FRESH.minWeights]);
  state.put(S.ImmunityPeriod, [netuid], FRESH.immunityBlocks);
  ctx.emit(subtensorModule, "ImmunityPeriodSet", [netuid, FRESH.immunityBlocks]);
  state.put(S.Burn, [netuid], FRESH.burnRao);
  ctx.emit(subtensorModule, "BurnSet", [netuid, FRESH.burnRao]);
  state.put(S.Yuma3On, [netuid], true);
  state.put(S.SubnetMechanism, [netuid], 1);
  state.put(S.SubnetEmissionEnabled, [netuid], false);
}

function seedPool(ctx: Ctx, netuid: number, lockRao: bigint, prices: readonly bigint[]): void {
  const { state } = ctx;
  const { taoRao, alphaRao } = initialReserves(lockRao, state.get(S.NetworkMinLockCost), prices);
  state.put(S.SubnetLocked, [netuid], lockRao);
  state.put(S.SubnetTAO, [netuid], taoRao);
  state.put(S.SubnetAlphaIn, [netuid], alphaRao);
  state.put(S.SubnetAlphaOut, [netuid], 0n);
  state.mutate(S.TotalStake, [], (total) => total + taoRao);
  state.put(swap.storage.PalSwapInitialized, [netuid], true);
}

/** Every root validator that did not opt out becomes a full parent of the owner's hotkey. */
export function delegateRootTo(ctx: Ctx, netuid: number, ownerHotkey: string): void {
  const { state } = ctx;
  if (!netuids(state).includes(ROOT_NETUID)) return;
  for (const validator of hotkeysOf(state, ROOT_NETUID)) {
    if (validator === ownerHotkey || !state.get(S.AutoParentDelegationEnabled, validator)) continue;
    const children: [bigint, string][] = [[U64_MAX, ownerHotkey]];
    state.put(S.ChildKeys, [validator, netuid], children);
    state.mutate(S.ParentKeys, [ownerHotkey, netuid], (parents) => [
      ...parents,
      [U64_MAX, validator] as [bigint, string],
    ]);
    ctx.emit(subtensorModule, "SetChildren", [validator, netuid, children]);
  }
}
