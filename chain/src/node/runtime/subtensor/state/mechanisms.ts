import { MAX_MECHANISMS, mechanismStorageIndex } from "@subnetkit/shared/consensus/epoch/mechanisms";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";
import { ensure } from "../errors.ts";
import { MAX_UIDS_OVER_MECHANISMS } from "./ids.ts";
import { neuronCount } from "./neurons.ts";
import { mechanismCount, subnetExists } from "./subnets.ts";

const S = subtensorModule.storage;
const U16_MAX = 65_535;

/** Sets how many mechanisms a subnet has: dropped ones lose their state, new ones start empty, the emission split is forgotten. */
export function setMechanismCount(state: State, netuid: number, count: number): void {
  ensure(subnetExists(state, netuid), "MechanismDoesNotExist");
  ensure(count > 0 && count <= MAX_MECHANISMS && count <= state.get(S.MaxMechanismCount), "InvalidValue");
  ensure(state.get(S.MaxAllowedUids, netuid) * count <= MAX_UIDS_OVER_MECHANISMS, "TooManyUIDsPerMechanism");
  const before = mechanismCount(state, netuid);
  for (let mecid = count; mecid < before; mecid++) dropMechanism(state, mechanismStorageIndex(netuid, mecid));
  const uids = neuronCount(state, netuid);
  for (let mecid = before; mecid < count; mecid++) {
    const index = mechanismStorageIndex(netuid, mecid);
    state.put(S.Incentive, [index], new Array<number>(uids).fill(0));
    state.put(S.LastUpdate, [index], new Array<bigint>(uids).fill(0n));
  }
  state.put(S.MechanismCountCurrent, [netuid], count);
  if (count !== before) state.kill(S.MechanismEmissionSplit, netuid);
}

/** Sets how a subnet's emission is divided among its mechanisms: u16 parts that sum to 65535, or undefined for equal parts. */
export function setMechanismSplit(state: State, netuid: number, split: readonly number[] | undefined): void {
  if (split === undefined) {
    state.kill(S.MechanismEmissionSplit, netuid);
    return;
  }
  const sum = split.reduce((total, part) => total + part, 0);
  ensure(split.length > 0 && split.length <= mechanismCount(state, netuid) && sum === U16_MAX, "InvalidValue");
  state.put(S.MechanismEmissionSplit, [netuid], [...split]);
}

function dropMechanism(state: State, index: number): void {
  state.kill(S.Incentive, index);
  state.kill(S.LastUpdate, index);
  state.killPrefix(S.Weights, index);
  state.killPrefix(S.Bonds, index);
  state.killPrefix(S.WeightCommits, index);
  state.killPrefix(S.TimelockedWeightCommits, index);
}
