import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { AnyItem } from "../../../../spec/define.ts";
import type { State } from "../../../storage/state.ts";
import { ROOT_NETUID } from "./ids.ts";
import { claimRates, putClaimRates } from "./root-claim.ts";
import { decreaseStake, increaseStake, stakeOf } from "./shares.ts";
import { mechanismIndices, netuids } from "./subnets.ts";

const S = subtensorModule.storage;

/** The hotkey that goes and the one that takes its place. */
export interface HotkeySwap {
  readonly from: string;
  readonly to: string;
  /** True: stake and what was earned with it stay with the old hotkey. */
  readonly keepStake: boolean;
}

/** Coldkeys with a share on a hotkey, by netuid, in key order. */
function stakersOf(state: State, hotkey: string): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const { keys } of state.iterate(S.AlphaV2, hotkey)) {
    const [, coldkey, netuid] = keys;
    found.set(netuid, [...(found.get(netuid) ?? []), coldkey]);
  }
  return found;
}

/** Moves a hotkey on every subnet: also its owner, its take and its limits (spec/subtensor-interface.md 2.3). */
export function swapHotkeyEverywhere(state: State, coldkey: string, swap: HotkeySwap): void {
  const { from, to } = swap;
  const stakers = stakersOf(state, from);
  state.kill(S.Owner, from);
  state.put(S.Owner, [to], coldkey);
  state.mutate(S.OwnedHotkeys, [coldkey], (owned) => [...owned.filter((one) => one !== from && one !== to), to]);
  for (const netuid of netuids(state)) swapHotkeyOn(state, netuid, swap);
  for (const type of ["LastTxBlock", "LastTxBlockDelegateTake", "LastTxBlockChildKeyTake"] as const)
    state.kill(S.LastRateLimitedBlock, { type, value: from });
  if (state.has(S.Delegates, from)) {
    state.put(S.Delegates, [to], state.get(S.Delegates, from));
    state.kill(S.Delegates, from);
  }
  if (swap.keepStake) return;
  for (const staker of new Set([...stakers.values()].flat())) {
    const staked = state.get(S.StakingHotkeys, staker);
    if (staked.includes(from))
      state.put(S.StakingHotkeys, [staker], [...staked.filter((one) => one !== from && one !== to), to]);
  }
}

/** Moves a hotkey on one subnet: its seat, endpoints, commits, children, parents, auto-stakers and, unless kept, its stake. */
export function swapHotkeyOn(state: State, netuid: number, swap: HotkeySwap): void {
  const { from, to } = swap;
  if (state.get(S.IsNetworkMember, from, netuid)) swapSeat(state, netuid, from, to);
  state.kill(S.IsNetworkMember, from, netuid);
  swapFamily(state, netuid, from, to);
  swapAutoStakers(state, netuid, from, to);
  if (state.has(S.SubnetOwnerHotkey, netuid) && state.get(S.SubnetOwnerHotkey, netuid) === from)
    state.put(S.SubnetOwnerHotkey, [netuid], to);
  if (!swap.keepStake) swapStake(state, netuid, from, to);
}

/** Forgets the swaps on one subnet that no longer bar another; a subnet has its turn once in an interval (spec/subtensor-interface.md 1.6). */
export function forgetHotkeySwaps(state: State, block: number): void {
  const interval = Number(subtensorModule.constants.HotkeySwapOnSubnetInterval.value);
  for (const { keys, value } of state.iterate(S.LastHotkeySwapOnNetuid))
    if (keys[0] % interval === block % interval && Number(value) + interval < block)
      state.kill(S.LastHotkeySwapOnNetuid, ...keys);
}

type Relation = [proportion: bigint, hotkey: string];
const byHotkey = ([, a]: Relation, [, b]: Relation): number => (a < b ? -1 : 1);

function swapSeat(state: State, netuid: number, from: string, to: string): void {
  state.put(S.IsNetworkMember, [to, netuid], true);
  const uid = state.get(S.Uids, netuid, from);
  if (uid !== undefined) {
    state.kill(S.Uids, netuid, from);
    state.put(S.Uids, [netuid, to], uid);
    state.put(S.Keys, [netuid, uid], to);
  }
  for (const item of [S.Prometheus, S.Axons, S.NeuronCertificates])
    moveEntry(state, item, [netuid, from], [netuid, to]);
  for (const index of mechanismIndices(state, netuid)) moveEntry(state, S.WeightCommits, [index, from], [index, to]);
  const loaded = state.get(S.LoadedEmission, netuid);
  if (loaded !== undefined)
    state.put(
      S.LoadedEmission,
      [netuid],
      loaded.map(([hotkey, server, validator]) => [hotkey === from ? to : hotkey, server, validator]),
    );
}

/** Children, parents and pending children, on both sides of each relation. A renamed entry goes to the end; the hotkey's own lists are in key order. */
function swapFamily(state: State, netuid: number, from: string, to: string): void {
  const renamed = (list: readonly Relation[]): Relation[] => [
    ...list.filter(([, hotkey]) => hotkey !== from),
    ...list.filter(([, hotkey]) => hotkey === from).map(([proportion]): Relation => [proportion, to]),
  ];
  const children = state.get(S.ChildKeys, from, netuid);
  const parents = state.get(S.ParentKeys, from, netuid);
  for (const [, child] of children) state.mutate(S.ParentKeys, [child, netuid], renamed);
  for (const [, parent] of parents) state.mutate(S.ChildKeys, [parent, netuid], renamed);
  state.kill(S.ChildKeys, from, netuid);
  state.kill(S.ParentKeys, from, netuid);
  if (children.length > 0) state.put(S.ChildKeys, [to, netuid], children.sort(byHotkey));
  if (parents.length > 0) state.put(S.ParentKeys, [to, netuid], parents.sort(byHotkey));
  moveEntry(state, S.PendingChildKeys, [netuid, from], [netuid, to]);
  for (const { keys, value } of state.iterate(S.PendingChildKeys, netuid)) {
    const [children, cooldown] = value;
    const moved = children.find(([, child]) => child === from);
    if (moved === undefined) continue;
    const others = children.filter((entry) => entry !== moved);
    state.put(S.PendingChildKeys, keys, [[...others, [moved[0], to]], cooldown]);
  }
}

function swapAutoStakers(state: State, netuid: number, from: string, to: string): void {
  if (!state.has(S.AutoStakeDestinationColdkeys, from, netuid)) return;
  for (const coldkey of state.get(S.AutoStakeDestinationColdkeys, from, netuid))
    state.put(S.AutoStakeDestination, [coldkey, netuid], to);
  moveEntry(state, S.AutoStakeDestinationColdkeys, [from, netuid], [to, netuid]);
}

function swapStake(state: State, netuid: number, from: string, to: string): void {
  addUp(state, S.TotalHotkeyAlphaLastEpoch, [from, netuid], [to, netuid]);
  addUp(state, S.AlphaDividendsPerSubnet, [netuid, from], [netuid, to]);
  addUp(state, S.VotingPower, [netuid, from], [netuid, to]);
  for (const coldkey of stakersOf(state, from).get(netuid) ?? []) {
    addUp(state, S.RootClaimed, [netuid, from, coldkey], [netuid, to, coldkey]);
    const rao = stakeOf(state, from, coldkey, netuid);
    decreaseStake(state, from, coldkey, netuid, rao);
    increaseStake(state, to, coldkey, netuid, rao);
  }
  if (netuid === ROOT_NETUID) {
    const rates = claimRates(state, to);
    for (const [of, rate] of claimRates(state, from)) rates.set(of, (rates.get(of) ?? 0n) + rate);
    state.kill(S.RootClaimable, from);
    putClaimRates(state, to, rates);
  }
}

/** Storage by items that are only known at run time; source and target have the item's own keys and values. */
interface LooseState {
  get(item: AnyItem, ...keys: readonly unknown[]): unknown;
  has(item: AnyItem, ...keys: readonly unknown[]): boolean;
  put(item: AnyItem, keys: readonly unknown[], value: unknown): void;
  kill(item: AnyItem, ...keys: readonly unknown[]): void;
}

/** Moves an entry to other keys; nothing happens where there is none. */
function moveEntry(state: LooseState, item: AnyItem, from: readonly unknown[], to: readonly unknown[]): void {
  if (!state.has(item, ...from)) return;
  state.put(item, to, state.get(item, ...from));
  state.kill(item, ...from);
}

/** Adds an integer entry to another one and deletes it. */
export function addUp(state: LooseState, item: AnyItem, from: readonly unknown[], to: readonly unknown[]): void {
  const moved = state.get(item, ...from) as bigint;
  state.kill(item, ...from);
  if (moved > 0n) state.put(item, to, (state.get(item, ...to) as bigint) + moved);
}
