import { chooseSubnetToPrune } from "@subnetkit/shared/consensus/economics/subnet-creation";
import type { AnyItem } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { swap } from "../../../../spec/pallets/swap.ts";
import { u16 } from "../../../../spec/scale/numbers.ts";
import type { State } from "../../../storage/state.ts";
import { freeBalance } from "../../balances/currency.ts";
import { type Ctx, DispatchFailure } from "../../pallet.ts";
import { count } from "./count.ts";
import { subnetAccount } from "./ids.ts";
import { moveTao, recycleTao } from "./issuance.ts";
import { hotkeysOf } from "./neurons.ts";
import { claimRates, putClaimRates } from "./root-claim.ts";
import { stakeOf } from "./shares.ts";
import { mechanismIndices, subnetNetuids } from "./subnets.ts";

const S = subtensorModule.storage;

/** Items whose first key is a storage index (netuid and mechanism), not a netuid. */
const PER_MECHANISM: readonly AnyItem[] = [
  S.Weights,
  S.Bonds,
  S.Incentive,
  S.LastUpdate,
  S.WeightCommits,
  S.TimelockedWeightCommits,
  S.CRV3WeightCommits,
  S.CRV3WeightCommitsV2,
];
/** Counts the registrations of a netuid, so it outlives the subnet. */
const KEPT: readonly AnyItem[] = [S.RegisteredSubnetCounter];

/** The subnet that would make room for another, or null (spec/subtensor-interface.md 5.4). */
export function subnetToPrune(state: State, block: number): number | null {
  const candidates = subnetNetuids(state).map((netuid) => ({
    netuid,
    registeredAt: Number(state.get(S.NetworkRegisteredAt, netuid)),
    movingPriceBits: state.get(S.SubnetMovingPrice, netuid).bits,
  }));
  return chooseSubnetToPrune(candidates, block, count(state.get(S.NetworkImmunityPeriod)));
}

/** Ends a subnet: its pool goes to the holders of its alpha pro rata, what is left is recycled, everything stored about it is deleted. */
export function dissolveNetwork(ctx: Ctx, netuid: number): void {
  const { state } = ctx;
  payHolders(ctx, netuid);
  recycleTao(ctx, subnetAccount(netuid), freeBalance(state, subnetAccount(netuid)));
  const tao = state.get(S.SubnetTAO, netuid);
  state.mutate(S.TotalStake, [], (total) => (total > tao ? total - tao : 0n));
  const hotkeys = hotkeysOf(state, netuid);
  for (const index of mechanismIndices(state, netuid)) for (const item of PER_MECHANISM) killFirst(state, item, index);
  for (const hotkey of hotkeys) state.kill(S.IsNetworkMember, hotkey, netuid);
  for (const { keys } of [...state.iterate(S.RootClaimable)]) {
    const rates = claimRates(state, keys[0]);
    if (rates.delete(netuid)) putClaimRates(state, keys[0], rates);
  }
  for (const item of Object.values(subtensorModule.storage) as AnyItem[]) killNetuid(state, item, netuid);
  for (const item of Object.values(swap.storage) as AnyItem[]) killNetuid(state, item, netuid);
  state.mutate(S.TotalNetworks, [], (total) => Math.max(0, total - 1));
  ctx.emit(subtensorModule, "NetworkRemoved", [netuid]);
}

function payHolders(ctx: Ctx, netuid: number): void {
  const { state } = ctx;
  const holdings = [...state.iterate(S.AlphaV2)]
    .filter(({ keys }) => keys[2] === netuid)
    .map(({ keys: [hotkey, coldkey] }) => ({ coldkey, rao: stakeOf(state, hotkey, coldkey, netuid) }));
  const total = holdings.reduce((sum, { rao }) => sum + rao, 0n);
  const pot = state.get(S.SubnetTAO, netuid);
  if (total === 0n) return;
  for (const { coldkey, rao } of holdings) payHolder(ctx, netuid, coldkey, (pot * rao) / total);
}

/** A share too small for an account to begin with is left in the pot: nobody's dust keeps a subnet alive. */
function payHolder(ctx: Ctx, netuid: number, coldkey: string, rao: bigint): void {
  ctx.state.begin();
  try {
    moveTao(ctx, subnetAccount(netuid), coldkey, rao);
    ctx.state.commit();
  } catch (cause) {
    ctx.state.rollback();
    if (!(cause instanceof DispatchFailure)) throw cause;
  }
}

/** Deletes all entries of an item that belong to a netuid, wherever the netuid stands among its keys. */
function killNetuid(state: State, item: AnyItem, netuid: number): void {
  if (KEPT.includes(item) || PER_MECHANISM.includes(item)) return;
  const at = item.keys.findIndex((key) => key.type === u16);
  if (at === 0) killFirst(state, item, netuid);
  if (at <= 0) return;
  for (const { keys } of [...(state as LooseState).iterate(item)])
    if (keys[at] === netuid) (state as LooseState).kill(item, ...keys);
}

function killFirst(state: State, item: AnyItem, first: number): void {
  (state as LooseState).killPrefix(item, first);
}

/** Storage by items that are only known at run time. */
interface LooseState {
  kill(item: AnyItem, ...keys: readonly unknown[]): void;
  iterate(item: AnyItem): Iterable<{ readonly keys: readonly unknown[] }>;
  killPrefix(item: AnyItem, ...keys: readonly unknown[]): number;
}
