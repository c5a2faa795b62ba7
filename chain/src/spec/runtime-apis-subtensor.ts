/** Result types of the runtime APIs of SubtensorModule and Swap, in SCALE field order. Source: spec/subtensor-interface.md 4.2. */
import {
  axonInfo,
  chainIdentityV2,
  i32f32,
  i96f32,
  prometheusInfo,
  subnetIdentityV3,
  u64f64,
} from "./pallets/subtensor-module-types.ts";
import { accountId } from "./scale/accounts.ts";
import { bytes } from "./scale/byte-strings.ts";
import { bool, compact, u128, u16, u32, u64, u8 } from "./scale/numbers.ts";
import { type AnyScale, type FieldValues, type ScaleType, type ValueOf, scaleType } from "./scale/scale-type.ts";
import { array, vec } from "./scale/sequences.ts";
import { struct, tuple } from "./scale/structs.ts";
import { option, variant } from "./scale/variants.ts";

const c8 = compact(u8);
const c16 = compact(u16);
const c32 = compact(u32);
const c64 = compact(u64);
const c128 = compact(u128);
/** Bytes as a vector of compact u8: values from 64 on take two bytes. */
const compactBytes = vec(c8);

const neuronHead = {
  hotkey: accountId,
  coldkey: accountId,
  uid: c16,
  netuid: c16,
  active: bool,
  axon_info: axonInfo,
  prometheus_info: prometheusInfo,
  stake: vec(tuple(accountId, c64)),
  rank: c16,
  emission: c64,
  incentive: c16,
  consensus: c16,
  trust: c16,
  validator_trust: c16,
  dividends: c16,
  last_update: c64,
  validator_permit: bool,
};
/** A neuron with its weights and bonds. */
export const neuronInfo = struct("pallet_subtensor::rpc_info::neuron_info::NeuronInfo", {
  ...neuronHead,
  weights: vec(tuple(c16, c16)),
  bonds: vec(tuple(c16, c16)),
  pruning_score: c16,
});
/** Value of {@link neuronInfo}. */
export type NeuronInfo = ValueOf<typeof neuronInfo>;
/** A neuron without weights and bonds. */
export const neuronInfoLite = struct("pallet_subtensor::rpc_info::neuron_info::NeuronInfoLite", {
  ...neuronHead,
  pruning_score: c16,
});
/** Value of {@link neuronInfoLite}. */
export type NeuronInfoLite = ValueOf<typeof neuronInfoLite>;

const subnetInfoHead = {
  netuid: c16,
  rho: c16,
  kappa: c16,
  difficulty: c64,
  immunity_period: c16,
  max_allowed_validators: c16,
  min_allowed_weights: c16,
  max_weights_limit: c16,
  scaling_law_power: c16,
  subnetwork_n: c16,
  max_allowed_uids: c16,
  blocks_since_last_step: c64,
  tempo: c16,
  network_modality: c16,
  network_connect: vec(array(u16, 2)),
};
/** A subnet in short, first form. */
export const subnetInfo = struct("pallet_subtensor::rpc_info::subnet_info::SubnetInfo", {
  ...subnetInfoHead,
  emission_values: c64,
  burn: c64,
  owner: accountId,
});
/** A subnet in short with its identity. */
export const subnetInfoV2 = struct("pallet_subtensor::rpc_info::subnet_info::SubnetInfov2", {
  ...subnetInfoHead,
  emission_value: c64,
  burn: c64,
  owner: accountId,
  identity: option(subnetIdentityV3),
});
/** Value of {@link subnetInfoV2}. */
export type SubnetInfoV2 = ValueOf<typeof subnetInfoV2>;

const hyperparamsHead = {
  rho: c16,
  kappa: c16,
  immunity_period: c16,
  min_allowed_weights: c16,
  max_weights_limit: c16,
  tempo: c16,
  min_difficulty: c64,
  max_difficulty: c64,
  weights_version: c64,
  weights_rate_limit: c64,
  adjustment_interval: c16,
  activity_cutoff: c64,
  registration_allowed: bool,
  target_regs_per_interval: c16,
  min_burn: c64,
  max_burn: c64,
  bonds_moving_avg: c64,
  max_regs_per_block: c16,
  serving_rate_limit: c64,
  max_validators: c16,
  adjustment_alpha: c64,
  difficulty: c64,
  commit_reveal_period: c64,
  commit_reveal_weights_enabled: bool,
  alpha_high: c16,
  alpha_low: c16,
  liquid_alpha_enabled: bool,
};
/** Settings of a subnet, first form. */
export const subnetHyperparams = struct("pallet_subtensor::rpc_info::subnet_info::SubnetHyperparams", hyperparamsHead);
/** Value of {@link subnetHyperparams}. */
export type SubnetHyperparams = ValueOf<typeof subnetHyperparams>;
/** Settings of a subnet, second form. */
export const subnetHyperparamsV2 = struct("pallet_subtensor::rpc_info::subnet_info::SubnetHyperparamsV2", {
  ...hyperparamsHead,
  alpha_sigmoid_steepness: i32f32,
  yuma_version: c16,
  subnet_is_active: bool,
  transfers_enabled: bool,
  bonds_reset_enabled: bool,
  user_liquidity_enabled: bool,
});
/** Value of {@link subnetHyperparamsV2}. */
export type SubnetHyperparamsV2 = ValueOf<typeof subnetHyperparamsV2>;

/** One setting of a subnet by name, with its kind. */
export const hyperparamEntry = struct("pallet_subtensor::rpc_info::subnet_info::HyperparamEntry", {
  name: bytes,
  value: variant("pallet_subtensor::rpc_info::subnet_info::HyperparamValue", {
    Bool: bool,
    U16: c16,
    U32: c32,
    U64: c64,
    U128: c128,
    TaoBalance: c64,
    I32F32: i32f32,
    U64F64: u64f64,
  }),
});
/** Value of {@link hyperparamEntry}. */
export type HyperparamEntry = ValueOf<typeof hyperparamEntry>;

/** A subnet's pool, emission and identity. */
export const dynamicInfo = struct("pallet_subtensor::rpc_info::dynamic_info::DynamicInfo", {
  netuid: c16,
  owner_hotkey: accountId,
  owner_coldkey: accountId,
  subnet_name: compactBytes,
  token_symbol: compactBytes,
  tempo: c16,
  last_step: c64,
  blocks_since_last_step: c64,
  emission: c64,
  alpha_in: c64,
  alpha_out: c64,
  tao_in: c64,
  alpha_out_emission: c64,
  alpha_in_emission: c64,
  tao_in_emission: c64,
  pending_alpha_emission: c64,
  pending_root_emission: c64,
  subnet_volume: c128,
  network_registered_at: c64,
  subnet_identity: option(subnetIdentityV3),
  moving_price: i96f32,
});
/** Value of {@link dynamicInfo}. */
export type DynamicInfo = ValueOf<typeof dynamicInfo>;

/** A subnet's neurons as vectors. */
export const subnetState = struct("pallet_subtensor::rpc_info::show_subnet::SubnetState", {
  netuid: c16,
  hotkeys: vec(accountId),
  coldkeys: vec(accountId),
  active: vec(bool),
  validator_permit: vec(bool),
  pruning_score: vec(c16),
  last_update: vec(c64),
  emission: vec(c64),
  dividends: vec(c16),
  incentives: vec(c16),
  consensus: vec(c16),
  trust: vec(c16),
  rank: vec(c16),
  block_at_registration: vec(c64),
  alpha_stake: vec(c64),
  tao_stake: vec(c64),
  total_stake: vec(c64),
  emission_history: vec(vec(c64)),
});
/** Value of {@link subnetState}. */
export type SubnetState = ValueOf<typeof subnetState>;

/** A hotkey that takes delegations, with its nominators. */
export const delegateInfo = struct("pallet_subtensor::rpc_info::delegate_info::DelegateInfo", {
  delegate_ss58: accountId,
  take: c16,
  nominators: vec(tuple(accountId, vec(tuple(c16, c64)))),
  owner_ss58: accountId,
  registrations: vec(c16),
  validator_permits: vec(c16),
  return_per_1000: c64,
  total_daily_return: c64,
});
/** Value of {@link delegateInfo}. */
export type DelegateInfo = ValueOf<typeof delegateInfo>;
/** A delegation of a coldkey: the delegate, the netuid and the alpha. */
export const delegated = tuple(delegateInfo, tuple(c16, c64));

/** Stake of one coldkey on one hotkey of one subnet. */
export const stakeInfo = struct("pallet_subtensor::rpc_info::stake_info::StakeInfo", {
  hotkey: accountId,
  coldkey: accountId,
  netuid: c16,
  stake: c64,
  locked: c64,
  emission: c64,
  tao_emission: c64,
  drain: c64,
  is_registered: bool,
});
/** Value of {@link stakeInfo}. */
export type StakeInfo = ValueOf<typeof stakeInfo>;

/** Alpha of a coldkey on a subnet: total, locked and free, in rao. */
export const stakeAvailability = struct("pallet_subtensor::rpc_info::stake_info::StakeAvailability", {
  total: c64,
  locked: c64,
  available: c64,
});

/** Spot price of a subnet in rao of TAO per alpha. */
export const subnetPrice = struct("pallet_subtensor_swap_runtime_api::SubnetPrice", { netuid: u16, price: u64 });
/** What a swap would bring, in rao; all zero where the pool refuses. */
export const simSwapResult = struct("pallet_subtensor_swap_runtime_api::SimSwapResult", {
  tao_amount: u64,
  alpha_amount: u64,
  tao_fee: u64,
  alpha_fee: u64,
  tao_slippage: u64,
  alpha_slippage: u64,
});
/** Value of {@link simSwapResult}. */
export type SimSwapResult = ValueOf<typeof simSwapResult>;

/** Fields 0 to 71 of a metagraph: the index is what clients pass to the selective forms. */
export const metagraphFields = {
  netuid: c16,
  name: compactBytes,
  symbol: compactBytes,
  identity: option(subnetIdentityV3),
  network_registered_at: c64,
  owner_hotkey: accountId,
  owner_coldkey: accountId,
  block: c64,
  tempo: c16,
  last_step: c64,
  blocks_since_last_step: c64,
  subnet_emission: c64,
  alpha_in: c64,
  alpha_out: c64,
  tao_in: c64,
  alpha_out_emission: c64,
  alpha_in_emission: c64,
  tao_in_emission: c64,
  pending_alpha_emission: c64,
  pending_root_emission: c64,
  subnet_volume: c128,
  moving_price: i96f32,
  rho: c16,
  kappa: c16,
  min_allowed_weights: c16,
  max_weights_limit: c16,
  weights_version: c64,
  weights_rate_limit: c64,
  activity_cutoff: c64,
  max_validators: c16,
  num_uids: c16,
  max_uids: c16,
  burn: c64,
  difficulty: c64,
  registration_allowed: bool,
  pow_registration_allowed: bool,
  immunity_period: c16,
  min_difficulty: c64,
  max_difficulty: c64,
  min_burn: c64,
  max_burn: c64,
  adjustment_alpha: c64,
  adjustment_interval: c16,
  target_regs_per_interval: c16,
  max_regs_per_block: c16,
  serving_rate_limit: c64,
  commit_reveal_weights_enabled: bool,
  commit_reveal_period: c64,
  liquid_alpha_enabled: bool,
  alpha_high: c16,
  alpha_low: c16,
  bonds_moving_avg: c64,
  hotkeys: vec(accountId),
  coldkeys: vec(accountId),
  identities: vec(option(chainIdentityV2)),
  axons: vec(axonInfo),
  active: vec(bool),
  validator_permit: vec(bool),
  pruning_score: vec(c16),
  last_update: vec(c64),
  emission: vec(c64),
  dividends: vec(c16),
  incentives: vec(c16),
  consensus: vec(c16),
  trust: vec(c16),
  rank: vec(c16),
  block_at_registration: vec(c64),
  alpha_stake: vec(c64),
  tao_stake: vec(c64),
  total_stake: vec(c64),
  tao_dividends_per_hotkey: vec(tuple(accountId, c64)),
  alpha_dividends_per_hotkey: vec(tuple(accountId, c64)),
};
/** The whole metagraph of a subnet. */
export const metagraph = struct("pallet_subtensor::rpc_info::metagraph::Metagraph", metagraphFields);
/** Value of {@link metagraph}. */
export type Metagraph = FieldValues<typeof metagraphFields>;

const {
  netuid: plainNetuid,
  identity: plainIdentity,
  name: plainName,
  symbol: plainSymbol,
  ...optionalFields
} = metagraphFields;
/** Fields 72 and 73, which only the selective metagraph has. */
export const selectiveOnly = { validators: vec(c16), commitments: vec(tuple(accountId, compactBytes)) };
type Selected<F extends Readonly<Record<string, AnyScale>>> = {
  readonly [K in keyof F]: ScaleType<ValueOf<F[K]> | undefined>;
};
/** An option inside an option: `{ value: undefined }` is a requested identity that is not there. */
const boxedIdentity: ScaleType<{ readonly value: ValueOf<typeof plainIdentity> }> = scaleType(
  plainIdentity.def,
  plainIdentity.minBytes,
  (out, boxed: { readonly value: ValueOf<typeof plainIdentity> }) => plainIdentity.write(out, boxed.value),
  (input) => ({ value: plainIdentity.read(input) }),
);
const selectiveFields = {
  netuid: plainNetuid,
  ...optional({ name: plainName, symbol: plainSymbol, identity: boxedIdentity }),
  ...optional(optionalFields),
  ...optional(selectiveOnly),
};
/** The metagraph with every field but the netuid optional: undefined where it was not requested. */
export const selectiveMetagraph = struct("pallet_subtensor::rpc_info::metagraph::SelectiveMetagraph", selectiveFields);
/** Value of {@link selectiveMetagraph}. */
export type SelectiveMetagraph = ValueOf<typeof selectiveMetagraph>;

function optional<F extends Readonly<Record<string, AnyScale>>>(fields: F): Selected<F> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, type]) => [name, option(type)]),
  ) as unknown as Selected<F>;
}
