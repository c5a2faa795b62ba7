import { mechanismStorageIndex } from "@subnetkit/shared/consensus/epoch/mechanisms";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State, StateView } from "../../../storage/state.ts";
import { ROOT_NETUID } from "./ids.ts";

const S = subtensorModule.storage;

/** True when the subnet exists; root (0) exists from genesis. */
export function subnetExists(state: State, netuid: number): boolean {
  return state.get(S.NetworksAdded, netuid);
}

/** All netuids in ascending order, root included. */
export function netuids(state: State): readonly number[] {
  return state.derived(S.NetworksAdded, added);
}

const added = (state: StateView): readonly number[] =>
  [...state.iterate(S.NetworksAdded)]
    .filter((entry) => entry.value)
    .map((entry) => entry.keys[0])
    .sort((a, b) => a - b);

/** All netuids but root, ascending. */
export function subnetNetuids(state: State): readonly number[] {
  return state.derived(S.NetworksAdded, addedToRoot);
}

const addedToRoot = (state: StateView): readonly number[] => added(state).filter((netuid) => netuid !== ROOT_NETUID);

/** Number of mechanisms of a subnet, at least 1. */
export function mechanismCount(state: State, netuid: number): number {
  return Math.max(1, state.get(S.MechanismCountCurrent, netuid));
}

/** Storage indices of a subnet's mechanisms, main mechanism first. */
export function mechanismIndices(state: State, netuid: number): number[] {
  return Array.from({ length: mechanismCount(state, netuid) }, (_, mecid) => mechanismStorageIndex(netuid, mecid));
}

/** True when the subnet exists and has that mechanism. */
export function mechanismExists(state: State, netuid: number, mecid: number): boolean {
  return subnetExists(state, netuid) && mecid < mechanismCount(state, netuid);
}

/** Netuid and mechanism of a storage index. */
export function splitStorageIndex(index: number): { readonly netuid: number; readonly mecid: number } {
  return { netuid: index % 4096, mecid: Math.floor(index / 4096) };
}

/** True when `coldkey` owns the subnet. */
export function isSubnetOwner(state: State, netuid: number, coldkey: string): boolean {
  return state.has(S.SubnetOwner, netuid) && state.get(S.SubnetOwner, netuid) === coldkey;
}
