import { immortalUids } from "@subnetkit/shared/consensus/economics/pruning";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";
import type { Ctx } from "../../pallet.ts";
import { ensure } from "../errors.ts";
import { coldkeyOf } from "./hotkeys.ts";
import { hotkeysOf, neuronCount, ownerUid } from "./neurons.ts";
import { mechanismIndices, subnetExists } from "./subnets.ts";

const S = subtensorModule.storage;
const { MaxImmuneUidsPercentage } = subtensorModule.constants;

/**
 * Lowers the number of uids of a subnet. The uids with least emission go, never those of the owner or in immunity; the rest move up, and weights and
 * bonds with them (spec/subtensor-interface.md 2.4). Errors: SubnetNotExists, InvalidValue, TrimmingWouldExceedMaxImmunePercentage.
 */
export function trimUids(ctx: Ctx, netuid: number, maxUids: number): void {
  const { state } = ctx;
  ensure(subnetExists(state, netuid), "SubnetNotExists");
  ensure(maxUids >= state.get(S.MinAllowedUids, netuid), "InvalidValue");
  ensure(maxUids <= state.get(S.MaxAllowedUids, netuid), "InvalidValue");
  state.put(S.MaxAllowedUids, [netuid], maxUids);
  const count = neuronCount(state, netuid);
  if (count <= maxUids) return;
  const immune = immuneUids(ctx, netuid);
  const immunePercent = Math.min(100, Math.floor((immune.size * 100) / maxUids));
  ensure(immunePercent < MaxImmuneUidsPercentage.value, "TrimmingWouldExceedMaxImmunePercentage");
  const removed = leastEmission(state, netuid, count - maxUids, immune);
  for (const uid of removed) removeNeuron(state, netuid, uid);
  compress(
    state,
    netuid,
    Array.from({ length: count }, (_, uid) => uid).filter((uid) => !removed.has(uid)),
  );
  state.put(S.SubnetworkN, [netuid], maxUids);
}

/** Uids that stay: the owner's immortal ones and those registered less than the immunity period ago. */
function immuneUids({ state, block }: Ctx, netuid: number): Set<number> {
  const owner = state.get(S.SubnetOwner, netuid);
  const registeredAt = (uid: number): number => Number(state.get(S.BlockAtRegistration, netuid, uid));
  const hotkeys = hotkeysOf(state, netuid);
  const owned = hotkeys.flatMap((hotkey, uid) =>
    coldkeyOf(state, hotkey) === owner ? [{ uid, registeredAt: registeredAt(uid) }] : [],
  );
  const limit = state.get(S.ImmuneOwnerUidsLimit, netuid);
  const period = state.get(S.ImmunityPeriod, netuid);
  const young = hotkeys.flatMap((_, uid) => (block.number - registeredAt(uid) < period ? [uid] : []));
  return new Set([...immortalUids(owned, ownerUid(state, netuid) ?? null, limit), ...young]);
}

/** The uids to remove: least emission first, of equals the highest uid. */
function leastEmission(state: State, netuid: number, wanted: number, immune: ReadonlySet<number>): Set<number> {
  const emission = state.get(S.Emission, netuid);
  const of = (uid: number): bigint => emission[uid] ?? 0n;
  const candidates = emission.map((_, uid) => uid).filter((uid) => !immune.has(uid));
  candidates.sort((a, b) => (of(a) === of(b) ? b - a : of(a) < of(b) ? -1 : 1));
  return new Set(candidates.slice(0, wanted));
}

function removeNeuron(state: State, netuid: number, uid: number): void {
  const hotkey = state.get(S.Keys, netuid, uid);
  state.kill(S.Uids, netuid, hotkey);
  state.kill(S.IsNetworkMember, hotkey, netuid);
  state.kill(S.LastHotkeyEmissionOnNetuid, hotkey, netuid);
  for (const item of [S.AlphaDividendsPerSubnet, S.Axons, S.NeuronCertificates, S.Prometheus] as const)
    state.kill(item, netuid, hotkey);
  for (const item of [S.Keys, S.BlockAtRegistration, S.AssociatedEvmAddress] as const) state.kill(item, netuid, uid);
  for (const index of mechanismIndices(state, netuid)) {
    state.kill(S.Weights, index, uid);
    state.kill(S.Bonds, index, uid);
  }
}

/** Gives the kept uids (ascending) the numbers from 0 on. */
function compress(state: State, netuid: number, kept: readonly number[]): void {
  const picked = <T>(values: readonly T[], missing: T): T[] => kept.map((uid) => values[uid] ?? missing);
  state.mutate(S.Emission, [netuid], (v) => picked(v, 0n));
  for (const item of [S.Active, S.ValidatorPermit] as const) state.mutate(item, [netuid], (v) => picked(v, false));
  for (const item of [S.Consensus, S.Dividends, S.ValidatorTrust, S.StakeWeight] as const)
    state.mutate(item, [netuid], (v) => picked(v, 0));
  const place = new Map(kept.map((uid, at) => [uid, at]));
  for (const index of mechanismIndices(state, netuid)) {
    state.mutate(S.Incentive, [index], (v) => picked(v, 0));
    state.mutate(S.LastUpdate, [index], (v) => picked(v, 0n));
    for (const item of [S.Weights, S.Bonds] as const) moveRows(state, item, index, place);
  }
  for (const [uid, at] of place) moveNeuron(state, netuid, uid, at);
}

function moveRows(
  state: State,
  item: typeof S.Weights | typeof S.Bonds,
  index: number,
  place: ReadonlyMap<number, number>,
): void {
  const rows = [...state.iterate(item, index)];
  for (const { keys } of rows) state.kill(item, ...keys);
  for (const { keys, value } of rows) {
    const row = value.flatMap(([to, amount]): [number, number][] => {
      const at = place.get(to);
      return at === undefined ? [] : [[at, amount]];
    });
    state.put(item, [index, place.get(keys[1]) ?? keys[1]], row);
  }
}

/** Ascending, so the place is already free. */
function moveNeuron(state: State, netuid: number, uid: number, at: number): void {
  const hotkey = state.get(S.Keys, netuid, uid);
  const registered = state.get(S.BlockAtRegistration, netuid, uid);
  const evm = state.get(S.AssociatedEvmAddress, netuid, uid);
  for (const item of [S.Keys, S.BlockAtRegistration, S.AssociatedEvmAddress] as const) state.kill(item, netuid, uid);
  state.put(S.Keys, [netuid, at], hotkey);
  state.put(S.Uids, [netuid, hotkey], at);
  state.put(S.BlockAtRegistration, [netuid, at], registered);
  if (evm !== undefined) state.put(S.AssociatedEvmAddress, [netuid, at], evm);
}
