import { mechanismStorageIndex } from "@subnetkit/shared/consensus/epoch/mechanisms";
import { commitments, registration } from "../../../../spec/pallets/commitments.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import {
  type Metagraph,
  metagraphFields,
  selectiveOnly,
  type SelectiveMetagraph,
} from "../../../../spec/runtime-apis-subtensor.ts";
import type { State } from "../../../storage/state.ts";
import type { Ctx } from "../../pallet.ts";
import { stakeWeightRao } from "@subnetkit/shared/consensus/economics/stake-weight";
import { coldkeyOf } from "../state/hotkeys.ts";
import { hotkeysOf, neuronCount, registrationBlocks } from "../state/neurons.ts";
import { inheritedStake } from "../state/stake-weight.ts";
import { mechanismExists } from "../state/subnets.ts";
import { hyperparams } from "./hyperparams.ts";
import { compactBytesOf, subnetName } from "./names.ts";
import { NO_AXON } from "./neurons.ts";

const S = subtensorModule.storage;

/** The whole metagraph of a subnet's mechanism, or undefined where it does not exist (spec/subtensor-interface.md 4.2). */
export function metagraphOf(ctx: Ctx, netuid: number, mecid = 0): Metagraph | undefined {
  const { state, block } = ctx;
  if (!mechanismExists(state, netuid, mecid)) return undefined;
  const index = mechanismStorageIndex(netuid, mecid);
  const lastStep = state.get(S.LastMechansimStepBlock, netuid);
  const settings = hyperparams(state, netuid);
  const current = BigInt(block.number - 1);
  return {
    ...settings,
    ...neuronVectors(state, netuid, index),
    netuid: index,
    name: compactBytesOf(subnetName(state, netuid)),
    symbol: compactBytesOf(state.get(S.TokenSymbol, netuid)),
    identity: state.get(S.SubnetIdentitiesV3, netuid),
    network_registered_at: state.get(S.NetworkRegisteredAt, netuid),
    owner_hotkey: state.get(S.SubnetOwnerHotkey, netuid),
    owner_coldkey: state.get(S.SubnetOwner, netuid),
    block: current,
    last_step: lastStep,
    blocks_since_last_step: current > lastStep ? current - lastStep : 0n,
    subnet_emission: 0n,
    alpha_in: state.get(S.SubnetAlphaIn, netuid),
    alpha_out: state.get(S.SubnetAlphaOut, netuid),
    tao_in: state.get(S.SubnetTAO, netuid),
    alpha_out_emission: state.get(S.SubnetAlphaOutEmission, netuid),
    alpha_in_emission: state.get(S.SubnetAlphaInEmission, netuid),
    tao_in_emission: state.get(S.SubnetTaoInEmission, netuid),
    pending_alpha_emission: state.get(S.PendingServerEmission, netuid) + state.get(S.PendingValidatorEmission, netuid),
    pending_root_emission: 0n,
    subnet_volume: state.get(S.SubnetVolume, netuid),
    moving_price: state.get(S.SubnetMovingPrice, netuid),
    num_uids: neuronCount(state, netuid),
    max_uids: state.get(S.MaxAllowedUids, netuid),
    burn: state.get(S.Burn, netuid),
    pow_registration_allowed: state.get(S.NetworkPowRegistrationAllowed, netuid),
  };
}

type Vectors = Pick<
  Metagraph,
  | "hotkeys"
  | "coldkeys"
  | "identities"
  | "axons"
  | "active"
  | "validator_permit"
  | "pruning_score"
  | "last_update"
  | "emission"
  | "dividends"
  | "incentives"
  | "consensus"
  | "trust"
  | "rank"
  | "block_at_registration"
  | "alpha_stake"
  | "tao_stake"
  | "total_stake"
  | "tao_dividends_per_hotkey"
  | "alpha_dividends_per_hotkey"
>;

function neuronVectors(state: State, netuid: number, index: number): Vectors {
  const hotkeys = hotkeysOf(state, netuid);
  const coldkeys = hotkeys.map((hotkey) => coldkeyOf(state, hotkey));
  return {
    hotkeys: [...hotkeys],
    coldkeys,
    identities: coldkeys.map((coldkey) => state.get(S.IdentitiesV2, coldkey)),
    axons: hotkeys.map((hotkey) => state.get(S.Axons, netuid, hotkey) ?? NO_AXON),
    active: state.get(S.Active, netuid),
    validator_permit: state.get(S.ValidatorPermit, netuid),
    pruning_score: [],
    last_update: state.get(S.LastUpdate, index),
    emission: state.get(S.Emission, netuid),
    dividends: state.get(S.Dividends, netuid),
    incentives: state.get(S.Incentive, index),
    consensus: state.get(S.Consensus, netuid),
    trust: [],
    rank: [],
    block_at_registration: registrationBlocks(state, netuid),
    ...stakeVectors(state, netuid, hotkeys),
    tao_dividends_per_hotkey: hotkeys.map((hotkey): [string, bigint] => [hotkey, 0n]),
    alpha_dividends_per_hotkey: hotkeys.map((hotkey): [string, bigint] => [
      hotkey,
      state.get(S.AlphaDividendsPerSubnet, netuid, hotkey),
    ]),
  };
}

/** Inherited alpha, inherited root TAO and stake weight per hotkey, in rao (spec/subtensor-interface.md 7.4). */
export function stakeVectors(
  state: State,
  netuid: number,
  hotkeys: readonly string[],
): Pick<Metagraph, "alpha_stake" | "tao_stake" | "total_stake"> {
  const weight = state.get(S.TaoWeight);
  const stakes = hotkeys.map((hotkey) => inheritedStake(state, netuid, hotkey));
  return {
    alpha_stake: stakes.map(({ alphaRao }) => alphaRao),
    tao_stake: stakes.map(({ taoRao }) => taoRao),
    total_stake: stakes.map(({ alphaRao, taoRao }) => stakeWeightRao(alphaRao, taoRao, weight)),
  };
}

const SELECTABLE = [...Object.keys(metagraphFields), ...Object.keys(selectiveOnly)] as (
  | keyof Metagraph
  | keyof typeof selectiveOnly
)[];

/** The fields of a metagraph at the given indices; unknown indices are ignored. */
export function selectiveMetagraphOf(
  ctx: Ctx,
  netuid: number,
  mecid: number,
  indexes: readonly number[],
): SelectiveMetagraph | undefined {
  const whole = metagraphOf(ctx, netuid, mecid);
  if (whole === undefined) return undefined;
  const names = new Set(indexes.map((index) => SELECTABLE[index]));
  const selected: Record<string, unknown> = Object.fromEntries(
    Object.entries(whole).filter(([name]) => names.has(name as keyof Metagraph)),
  );
  if (names.has("identity")) selected["identity"] = { value: whole.identity };
  if (names.has("validators"))
    selected["validators"] = whole.validator_permit.flatMap((permit, uid) => (permit ? [uid] : []));
  if (names.has("commitments")) selected["commitments"] = encodedCommitments(ctx.state, netuid);
  return { ...selected, netuid } as SelectiveMetagraph;
}

function encodedCommitments(state: State, netuid: number): [string, number[]][] {
  return [...state.iterate(commitments.storage.CommitmentOf, netuid)].map(({ keys, value }) => [
    keys[1],
    compactBytesOf(registration.enc(value)),
  ]);
}
