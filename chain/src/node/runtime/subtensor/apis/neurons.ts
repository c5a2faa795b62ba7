import type { AxonInfo, PrometheusInfo } from "../../../../spec/pallets/subtensor-module-types.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import {
  neuronInfo,
  neuronInfoLite,
  type NeuronInfo,
  type NeuronInfoLite,
} from "../../../../spec/runtime-apis-subtensor.ts";
import { u16 } from "../../../../spec/scale/numbers.ts";
import { vec } from "../../../../spec/scale/sequences.ts";
import { option } from "../../../../spec/scale/variants.ts";
import type { State } from "../../../storage/state.ts";
import { apiMethod, type RuntimeApi } from "../../pallet.ts";
import { coldkeyOf } from "../state/hotkeys.ts";
import { neuronCount } from "../state/neurons.ts";
import { hotkeyStake } from "../state/shares.ts";
import { subnetExists } from "../state/subnets.ts";

const S = subtensorModule.storage;

/** What a neuron without an axon reads as. */
export const NO_AXON: AxonInfo = {
  block: 0n,
  version: 0,
  ip: 0n,
  port: 0,
  ip_type: 0,
  protocol: 0,
  placeholder1: 0,
  placeholder2: 0,
};
const NO_PROMETHEUS: PrometheusInfo = { block: 0n, version: 0, ip: 0n, port: 0, ip_type: 0 };
/** What rank, trust and the pruning score read as since they are no longer stored (spec/subtensor-interface.md 4.2). */
const GONE = { rank: 0, trust: 0, pruning_score: 65_535 } as const;

/** NeuronInfoRuntimeApi (spec/subtensor-interface.md 4.1). */
export const neuronInfoApi: RuntimeApi = {
  version: 1,
  methods: {
    get_neurons: apiMethod({
      args: { netuid: u16 },
      result: vec(neuronInfo),
      run: ({ state }, { netuid }) => all(state, netuid, fullNeuron),
    }),
    get_neuron: apiMethod({
      args: { netuid: u16, uid: u16 },
      result: option(neuronInfo),
      run: ({ state }, { netuid, uid }) => one(state, netuid, uid, fullNeuron),
    }),
    get_neurons_lite: apiMethod({
      args: { netuid: u16 },
      result: vec(neuronInfoLite),
      run: ({ state }, { netuid }) => all(state, netuid, liteNeuron),
    }),
    get_neuron_lite: apiMethod({
      args: { netuid: u16, uid: u16 },
      result: option(neuronInfoLite),
      run: ({ state }, { netuid, uid }) => one(state, netuid, uid, liteNeuron),
    }),
  },
};

/** Vectors of a subnet, read once for all its neurons. */
interface Vectors {
  readonly active: readonly boolean[];
  readonly permit: readonly boolean[];
  readonly emission: readonly bigint[];
  readonly lastUpdate: readonly bigint[];
  readonly incentive: readonly number[];
  readonly consensus: readonly number[];
  readonly validatorTrust: readonly number[];
  readonly dividends: readonly number[];
}

function all<T>(
  state: State,
  netuid: number,
  build: (state: State, netuid: number, uid: number, vectors: Vectors) => T,
): T[] {
  if (!subnetExists(state, netuid)) return [];
  const vectors = vectorsOf(state, netuid);
  return Array.from({ length: neuronCount(state, netuid) }, (_, uid) => build(state, netuid, uid, vectors));
}

function one<T>(
  state: State,
  netuid: number,
  uid: number,
  build: (state: State, netuid: number, uid: number, vectors: Vectors) => T,
): T | undefined {
  if (!subnetExists(state, netuid) || uid >= neuronCount(state, netuid)) return undefined;
  return build(state, netuid, uid, vectorsOf(state, netuid));
}

function vectorsOf(state: State, netuid: number): Vectors {
  return {
    active: state.get(S.Active, netuid),
    permit: state.get(S.ValidatorPermit, netuid),
    emission: state.get(S.Emission, netuid),
    lastUpdate: state.get(S.LastUpdate, netuid),
    incentive: state.get(S.Incentive, netuid),
    consensus: state.get(S.Consensus, netuid),
    validatorTrust: state.get(S.ValidatorTrust, netuid),
    dividends: state.get(S.Dividends, netuid),
  };
}

function liteNeuron(state: State, netuid: number, uid: number, of: Vectors): NeuronInfoLite {
  const hotkey = state.get(S.Keys, netuid, uid);
  const coldkey = coldkeyOf(state, hotkey);
  return {
    hotkey,
    coldkey,
    uid,
    netuid,
    active: of.active[uid] ?? false,
    axon_info: state.get(S.Axons, netuid, hotkey) ?? NO_AXON,
    prometheus_info: state.get(S.Prometheus, netuid, hotkey) ?? NO_PROMETHEUS,
    stake: [[coldkey, hotkeyStake(state, hotkey, netuid)]],
    emission: of.emission[uid] ?? 0n,
    incentive: of.incentive[uid] ?? 0,
    consensus: of.consensus[uid] ?? 0,
    validator_trust: of.validatorTrust[uid] ?? 0,
    dividends: of.dividends[uid] ?? 0,
    last_update: of.lastUpdate[uid] ?? 0n,
    validator_permit: of.permit[uid] ?? false,
    ...GONE,
  };
}

function fullNeuron(state: State, netuid: number, uid: number, of: Vectors): NeuronInfo {
  const positive = (row: [number, number][]): [number, number][] => row.filter(([, value]) => value > 0);
  return {
    ...liteNeuron(state, netuid, uid, of),
    weights: positive(state.get(S.Weights, netuid, uid)),
    bonds: positive(state.get(S.Bonds, netuid, uid)),
  };
}
