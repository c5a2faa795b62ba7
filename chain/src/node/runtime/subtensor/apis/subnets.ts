import { blocksUntilNextEpoch } from "@subnetkit/shared/consensus/epoch/schedule";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import {
  type DynamicInfo,
  dynamicInfo,
  hyperparamEntry,
  metagraph,
  type SubnetInfoV2,
  type SubnetState,
  selectiveMetagraph,
  subnetHyperparams,
  subnetHyperparamsV2,
  subnetInfo,
  subnetInfoV2,
  subnetState,
} from "../../../../spec/runtime-apis-subtensor.ts";
import { accountId } from "../../../../spec/scale/accounts.ts";
import { u16, u64, u8 } from "../../../../spec/scale/numbers.ts";
import { vec } from "../../../../spec/scale/sequences.ts";
import { option } from "../../../../spec/scale/variants.ts";
import type { State } from "../../../storage/state.ts";
import { apiMethod, atHead, type Ctx, type RuntimeApi } from "../../pallet.ts";
import { subnetToPrune } from "../state/dissolve-network.ts";
import { coldkeyOf } from "../state/hotkeys.ts";
import { subnetAccount } from "../state/ids.ts";
import { hotkeysOf, neuronCount, registrationBlocks } from "../state/neurons.ts";
import { epochSchedule } from "../state/schedule.ts";
import { mechanismCount, netuids, subnetExists } from "../state/subnets.ts";
import { hyperparams, hyperparamsV2, hyperparamsV3 } from "./hyperparams.ts";
import { metagraphOf, selectiveMetagraphOf, stakeVectors } from "./metagraph.ts";
import { compactBytesOf, subnetName } from "./names.ts";

const S = subtensorModule.storage;
const netuid = { netuid: u16 };

/** SubnetInfoRuntimeApi, version 2 (spec/subtensor-interface.md 4.1). */
export const subnetInfoApi: RuntimeApi = {
  version: 2,
  methods: {
    get_subnet_info: apiMethod({
      args: netuid,
      result: option(subnetInfo),
      run: (ctx, args) => ifExists(ctx, args.netuid, infoV1),
    }),
    get_subnets_info: apiMethod({
      args: {},
      result: vec(option(subnetInfo)),
      run: ({ state }) => netuids(state).map((id) => infoV1(state, id)),
    }),
    get_subnet_info_v2: apiMethod({
      args: netuid,
      result: option(subnetInfoV2),
      run: (ctx, args) => ifExists(ctx, args.netuid, infoV2),
    }),
    get_subnets_info_v2: apiMethod({
      args: {},
      result: vec(option(subnetInfoV2)),
      run: ({ state }) => netuids(state).map((id) => infoV2(state, id)),
    }),
    get_subnet_hyperparams: apiMethod({
      args: netuid,
      result: option(subnetHyperparams),
      run: (ctx, args) => ifExists(ctx, args.netuid, hyperparams),
    }),
    get_subnet_hyperparams_v2: apiMethod({
      args: netuid,
      result: option(subnetHyperparamsV2),
      run: (ctx, args) => ifExists(ctx, args.netuid, hyperparamsV2),
    }),
    get_subnet_hyperparams_v3: apiMethod({
      args: netuid,
      result: option(vec(hyperparamEntry)),
      run: (ctx, args) => ifExists(ctx, args.netuid, hyperparamsV3),
    }),
    get_all_dynamic_info: apiMethod({
      args: {},
      result: vec(option(dynamicInfo)),
      run: ({ state }) => netuids(state).map((id) => dynamic(state, id)),
    }),
    get_dynamic_info: apiMethod({
      args: netuid,
      result: option(dynamicInfo),
      run: (ctx, args) => ifExists(ctx, args.netuid, dynamic),
    }),
    get_all_metagraphs: apiMethod({
      args: {},
      result: vec(option(metagraph)),
      run: (ctx) => netuids(ctx.state).map((id) => metagraphOf(ctx, id)),
    }),
    get_metagraph: apiMethod({
      args: netuid,
      result: option(metagraph),
      run: (ctx, args) => metagraphOf(ctx, args.netuid),
    }),
    get_all_mechagraphs: apiMethod({ args: {}, result: vec(option(metagraph)), run: allMechagraphs }),
    get_mechagraph: apiMethod({
      args: { netuid: u16, mecid: u8 },
      result: option(metagraph),
      run: (ctx, args) => metagraphOf(ctx, args.netuid, args.mecid),
    }),
    get_subnet_state: apiMethod({
      args: netuid,
      result: option(subnetState),
      run: (ctx, args) => ifExists(ctx, args.netuid, stateOf),
    }),
    get_selective_metagraph: apiMethod({
      args: { netuid: u16, metagraph_indexes: vec(u16) },
      result: option(selectiveMetagraph),
      run: (ctx, args) => selectiveMetagraphOf(ctx, args.netuid, 0, args.metagraph_indexes),
    }),
    get_selective_mechagraph: apiMethod({
      args: { netuid: u16, subid: u8, metagraph_indexes: vec(u16) },
      result: option(selectiveMetagraph),
      run: (ctx, args) => selectiveMetagraphOf(ctx, args.netuid, args.subid, args.metagraph_indexes),
    }),
    get_coldkey_auto_stake_hotkey: apiMethod({
      args: { coldkey: accountId, netuid: u16 },
      result: option(accountId),
      run: ({ state }, args) => state.get(S.AutoStakeDestination, args.coldkey, args.netuid),
    }),
    get_subnet_to_prune: apiMethod({
      args: {},
      result: option(u16),
      run: (ctx) => subnetToPrune(ctx.state, atHead(ctx).block.number) ?? undefined,
    }),
    get_subnet_account_id: apiMethod({
      args: netuid,
      result: option(accountId),
      run: (ctx, args) => ifExists(ctx, args.netuid, (_, id) => subnetAccount(id)),
    }),
    get_next_epoch_start_block: apiMethod({
      args: netuid,
      result: option(u64),
      run: (ctx, args) => nextEpoch(ctx, args.netuid),
    }),
  },
};

function ifExists<T>({ state }: Ctx, id: number, build: (state: State, netuid: number) => T): T | undefined {
  return subnetExists(state, id) ? build(state, id) : undefined;
}

function allMechagraphs(ctx: Ctx) {
  return netuids(ctx.state).flatMap((id) =>
    Array.from({ length: mechanismCount(ctx.state, id) }, (_, mecid) => metagraphOf(ctx, id, mecid)),
  );
}

/** Block of the next epoch: the automatic one, or the triggered one if it comes first. None for a tempo of 0. */
function nextEpoch({ state, block }: Ctx, id: number): bigint | undefined {
  if (!subnetExists(state, id)) return undefined;
  const head = block.number - 1;
  const { tempo, lastEpochBlock, pendingEpochAt } = epochSchedule(state, id);
  const remaining = blocksUntilNextEpoch(tempo, lastEpochBlock, head);
  if (remaining === null) return undefined;
  const automatic = head + remaining;
  return BigInt(pendingEpochAt > 0 ? Math.min(pendingEpochAt, automatic) : automatic);
}

function infoV2(state: State, id: number): SubnetInfoV2 {
  return {
    netuid: id,
    rho: state.get(S.Rho, id),
    kappa: state.get(S.Kappa, id),
    difficulty: state.get(S.Difficulty, id),
    immunity_period: state.get(S.ImmunityPeriod, id),
    max_allowed_validators: state.get(S.MaxAllowedValidators, id),
    min_allowed_weights: state.get(S.MinAllowedWeights, id),
    max_weights_limit: state.get(S.MaxWeightsLimit, id),
    scaling_law_power: state.get(S.ScalingLawPower, id),
    subnetwork_n: neuronCount(state, id),
    max_allowed_uids: state.get(S.MaxAllowedUids, id),
    blocks_since_last_step: state.get(S.BlocksSinceLastStep, id),
    tempo: state.get(S.Tempo, id),
    network_modality: 0,
    network_connect: [],
    emission_value: 0n,
    burn: state.get(S.Burn, id),
    owner: state.get(S.SubnetOwner, id),
    identity: state.get(S.SubnetIdentitiesV3, id),
  };
}

function infoV1(state: State, id: number) {
  return { ...infoV2(state, id), emission_values: 0n };
}

function dynamic(state: State, id: number): DynamicInfo {
  return {
    netuid: id,
    owner_hotkey: state.get(S.SubnetOwnerHotkey, id),
    owner_coldkey: state.get(S.SubnetOwner, id),
    subnet_name: compactBytesOf(subnetName(state, id)),
    token_symbol: compactBytesOf(state.get(S.TokenSymbol, id)),
    tempo: state.get(S.Tempo, id),
    last_step: state.get(S.LastMechansimStepBlock, id),
    blocks_since_last_step: state.get(S.BlocksSinceLastStep, id),
    emission: 0n,
    alpha_in: state.get(S.SubnetAlphaIn, id),
    alpha_out: state.get(S.SubnetAlphaOut, id),
    tao_in: state.get(S.SubnetTAO, id),
    alpha_out_emission: state.get(S.SubnetAlphaOutEmission, id),
    alpha_in_emission: state.get(S.SubnetAlphaInEmission, id),
    tao_in_emission: state.get(S.SubnetTaoInEmission, id),
    pending_alpha_emission: state.get(S.PendingServerEmission, id) + state.get(S.PendingValidatorEmission, id),
    pending_root_emission: 0n,
    subnet_volume: state.get(S.SubnetVolume, id),
    network_registered_at: state.get(S.NetworkRegisteredAt, id),
    subnet_identity: state.get(S.SubnetIdentitiesV3, id),
    moving_price: state.get(S.SubnetMovingPrice, id),
  };
}

function stateOf(state: State, id: number): SubnetState {
  const hotkeys = hotkeysOf(state, id);
  return {
    netuid: id,
    hotkeys: [...hotkeys],
    coldkeys: hotkeys.map((hotkey) => coldkeyOf(state, hotkey)),
    active: state.get(S.Active, id),
    validator_permit: state.get(S.ValidatorPermit, id),
    pruning_score: [],
    last_update: state.get(S.LastUpdate, id),
    emission: state.get(S.Emission, id),
    dividends: state.get(S.Dividends, id),
    incentives: state.get(S.Incentive, id),
    consensus: state.get(S.Consensus, id),
    trust: [],
    rank: [],
    block_at_registration: registrationBlocks(state, id),
    ...stakeVectors(state, id, hotkeys),
    emission_history: netuids(state).map((other) =>
      hotkeys.map((hotkey) => state.get(S.LastHotkeyEmissionOnNetuid, hotkey, other)),
    ),
  };
}
