import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";
import { mechanismIndices } from "./subnets.ts";

const S = subtensorModule.storage;

/** Uid of a hotkey on a subnet, or undefined when it is not registered there. */
export function uidOf(state: State, netuid: number, hotkey: string): number | undefined {
  return state.get(S.Uids, netuid, hotkey);
}

/** Number of uids of a subnet. */
export function neuronCount(state: State, netuid: number): number {
  return state.get(S.SubnetworkN, netuid);
}

/** Hotkeys of a subnet in uid order. */
export function hotkeysOf(state: State, netuid: number): readonly string[] {
  const known = state.derived(S.Keys, noLists);
  const count = neuronCount(state, netuid);
  const list = known.get(netuid);
  if (list !== undefined && list.length === count) return list;
  const hotkeys = Array.from({ length: count }, (_, uid) => state.get(S.Keys, netuid, uid));
  known.set(netuid, hotkeys);
  return hotkeys;
}

/** Lists by netuid that are made when they are asked for, and go when a hotkey changes. */
const noLists = (): Map<number, readonly string[]> => new Map();

/** Uid of the subnet owner's hotkey, or undefined. */
export function ownerUid(state: State, netuid: number): number | undefined {
  return state.has(S.SubnetOwnerHotkey, netuid)
    ? uidOf(state, netuid, state.get(S.SubnetOwnerHotkey, netuid))
    : undefined;
}

/** Registration block per uid. */
export function registrationBlocks(state: State, netuid: number): bigint[] {
  return Array.from({ length: neuronCount(state, netuid) }, (_, uid) => state.get(S.BlockAtRegistration, netuid, uid));
}

const PER_NETUID_ZEROS = [S.Consensus, S.Dividends, S.ValidatorTrust, S.StakeWeight] as const;

/** Adds a neuron at the end; returns its uid. Vectors grow by zeros, last update is the registration block (spec/economics.md 2.12). */
export function appendNeuron(state: State, netuid: number, hotkey: string, block: number): number {
  const uid = neuronCount(state, netuid);
  const at = BigInt(block);
  state.put(S.SubnetworkN, [netuid], uid + 1);
  state.mutate(S.Active, [netuid], (v) => set(v, uid, true, false));
  state.mutate(S.Emission, [netuid], (v) => set(v, uid, 0n, 0n));
  state.mutate(S.ValidatorPermit, [netuid], (v) => set(v, uid, false, false));
  for (const item of PER_NETUID_ZEROS) state.mutate(item, [netuid], (v) => set(v, uid, 0, 0));
  for (const index of mechanismIndices(state, netuid)) {
    state.mutate(S.Incentive, [index], (v) => set(v, uid, 0, 0));
    state.mutate(S.LastUpdate, [index], (v) => set(v, uid, at, 0n));
  }
  seat(state, netuid, uid, hotkey, at);
  return uid;
}

/**
 * Gives a uid to another hotkey: its scores, permit, weights and bonds are cleared, weights toward it become 0, endpoints of the old hotkey go
 * (spec/economics.md 2.12, spec/subtensor-interface.md 5.3). Bonds toward it stay: the next epoch masks them.
 */
export function replaceNeuron(state: State, netuid: number, uid: number, hotkey: string, block: number): void {
  const at = BigInt(block);
  const old = state.get(S.Keys, netuid, uid);
  state.kill(S.Uids, netuid, old);
  state.kill(S.IsNetworkMember, old, netuid);
  state.kill(S.Axons, netuid, old);
  state.kill(S.Prometheus, netuid, old);
  state.kill(S.NeuronCertificates, netuid, old);
  state.kill(S.AssociatedEvmAddress, netuid, uid);
  clearScores(state, netuid, uid);
  state.mutate(S.Active, [netuid], (v) => set(v, uid, true, false));
  for (const index of mechanismIndices(state, netuid)) {
    state.mutate(S.LastUpdate, [index], (v) => set(v, uid, at, 0n));
    zeroWeightsToward(state, index, uid);
  }
  seat(state, netuid, uid, hotkey, at);
}

/** Clears what an epoch gave a uid: scores, permit, its weight and bond rows in all mechanisms. */
function clearScores(state: State, netuid: number, uid: number): void {
  state.mutate(S.Emission, [netuid], (v) => set(v, uid, 0n, 0n));
  state.mutate(S.ValidatorPermit, [netuid], (v) => set(v, uid, false, false));
  for (const item of PER_NETUID_ZEROS) state.mutate(item, [netuid], (v) => set(v, uid, 0, 0));
  for (const index of mechanismIndices(state, netuid)) {
    state.mutate(S.Incentive, [index], (v) => set(v, uid, 0, 0));
    state.kill(S.Weights, index, uid);
    state.kill(S.Bonds, index, uid);
  }
}

/** Removes every bond toward a uid, in all mechanisms: an announced bonds reset (spec/economics.md 2.6). */
export function resetBondsToward(state: State, netuid: number, uid: number): void {
  for (const index of mechanismIndices(state, netuid)) {
    for (const { keys, value } of state.iterate(S.Bonds, index)) {
      if (value.some(([to]) => to === uid)) {
        state.put(
          S.Bonds,
          keys,
          value.filter(([to]) => to !== uid),
        );
      }
    }
  }
}

function zeroWeightsToward(state: State, index: number, uid: number): void {
  for (const { keys, value } of state.iterate(S.Weights, index)) {
    if (!value.some(([to]) => to === uid)) continue;
    state.put(
      S.Weights,
      keys,
      value.map(([to, weight]) => [to, to === uid ? 0 : weight]),
    );
  }
}

function seat(state: State, netuid: number, uid: number, hotkey: string, at: bigint): void {
  state.put(S.Keys, [netuid, uid], hotkey);
  state.put(S.Uids, [netuid, hotkey], uid);
  state.put(S.BlockAtRegistration, [netuid, uid], at);
  state.put(S.IsNetworkMember, [hotkey, netuid], true);
}

function set<T>(values: T[], at: number, value: T, filler: T): T[] {
  while (values.length <= at) values.push(filler);
  values[at] = value;
  return values;
}
