import { U64F64 } from "@subnetkit/shared/fixed/formats";
import { adminUtils } from "../../../spec/pallets/admin-utils.ts";
import { evmChainId } from "../../../spec/pallets/evm-chain-id.ts";
import { subtensorModule } from "../../../spec/pallets/subtensor-module.ts";
import { changeAuthorities } from "../aura/authorities.ts";
import { scheduleChange } from "../grandpa/schedule-change.ts";
import { type Ctx, moduleError } from "../pallet.ts";
import { ensure as ensureSubtensor } from "../subtensor/errors.ts";
import { isSystemAccount } from "../subtensor/state/hotkeys.ts";
import { setMechanismCount, setMechanismSplit } from "../subtensor/state/mechanisms.ts";
import { neuronCount } from "../subtensor/state/neurons.ts";
import { passesOwnerHotkeyLimit } from "../subtensor/state/rate-limits.ts";
import { clearSmallNominations } from "../subtensor/state/small-nominations.ts";
import { setTempo } from "../subtensor/state/schedule.ts";
import { trimUids } from "../subtensor/state/trim.ts";
import type { AdminCall, Setting } from "./setting.ts";

const S = subtensorModule.storage;
const { InitialMaxAllowedUids, MinBurnUpperBound, MaxBurnLowerBound } = subtensorModule.constants;

type AdminError = (typeof adminUtils.errors)[number];

/** Smallest alpha bound, floor(65535 / 40) (spec/economics.md 2.6). */
const MIN_ALPHA = 1_638;
/** Highest bonds moving average an owner may set, parts per million. */
const OWNER_MAX_BONDS_AVERAGE = 975_000n;
const MAX_REVEAL_PERIOD = 100n;
const MAX_IMMUNE_OWNER_UIDS = 10;
const MAX_HALF_LIFE = 36_100;
const MAX_MECHANISM_COUNT = 16;

function ensure(condition: boolean, error: AdminError): asserts condition {
  if (!condition) throw moduleError(adminUtils, error);
}

const deprecated = (error: AdminError) => (): never => {
  throw moduleError(adminUtils, error);
};

/** Every setting by call name, in the order of the call indices. */
export const settings: { readonly [N in AdminCall]: Setting<N> } = {
  swap_authorities: {
    access: "root",
    apply: (ctx, { new_authorities }) => changeAuthorities(ctx, new_authorities),
  },
  sudo_set_default_take: { access: "root", store: [S.MaxDelegateTake, "default_take"], event: "MaxDelegateTakeSet" },
  sudo_set_tx_rate_limit: { access: "root", store: [S.TxRateLimit, "tx_rate_limit"], event: "TxRateLimitSet" },
  sudo_set_serving_rate_limit: {
    access: { owner: "ServingRateLimit" },
    window: true,
    store: [S.ServingRateLimit, "serving_rate_limit"],
    event: "ServingRateLimitSet",
  },
  sudo_set_min_difficulty: {
    access: "root",
    window: true,
    exists: true,
    store: [S.MinDifficulty, "min_difficulty"],
    event: "MinDifficultySet",
  },
  sudo_set_max_difficulty: {
    access: { owner: "MaxDifficulty" },
    window: true,
    exists: true,
    store: [S.MaxDifficulty, "max_difficulty"],
    event: "MaxDifficultySet",
  },
  sudo_set_weights_version_key: {
    access: { limited: "setWeightsVersionKey" },
    window: true,
    exists: true,
    store: [S.WeightsVersionKey, "weights_version_key"],
    event: "WeightsVersionKeySet",
  },
  sudo_set_weights_set_rate_limit: {
    access: "root",
    exists: true,
    store: [S.WeightsSetRateLimit, "weights_set_rate_limit"],
    event: "WeightsSetRateLimitSet",
  },
  sudo_set_adjustment_interval: {
    access: "root",
    exists: true,
    store: [S.AdjustmentInterval, "adjustment_interval"],
    event: "AdjustmentIntervalSet",
  },
  sudo_set_adjustment_alpha: {
    access: { owner: "AdjustmentAlpha" },
    window: true,
    exists: true,
    store: [S.AdjustmentAlpha, "adjustment_alpha"],
    event: "AdjustmentAlphaSet",
  },
  sudo_set_immunity_period: {
    access: { owner: "ImmunityPeriod" },
    window: true,
    exists: true,
    store: [S.ImmunityPeriod, "immunity_period"],
    event: "ImmunityPeriodSet",
  },
  sudo_set_min_allowed_weights: {
    access: { owner: "MinAllowedWeights" },
    window: true,
    exists: true,
    store: [S.MinAllowedWeights, "min_allowed_weights"],
    event: "MinAllowedWeightSet",
  },
  sudo_set_max_allowed_uids: {
    access: { owner: "MaxAllowedUids" },
    window: true,
    exists: true,
    check({ state }, { netuid, max_allowed_uids }) {
      ensure(max_allowed_uids >= state.get(S.MinAllowedUids, netuid), "MaxAllowedUidsLessThanMinAllowedUids");
      ensure(max_allowed_uids >= neuronCount(state, netuid), "MaxAllowedUIdsLessThanCurrentUIds");
      ensure(max_allowed_uids <= InitialMaxAllowedUids.value, "MaxAllowedUidsGreaterThanDefaultMaxAllowedUids");
    },
    store: [S.MaxAllowedUids, "max_allowed_uids"],
    event: "MaxAllowedUidsSet",
  },
  sudo_set_kappa: { access: "root", exists: true, store: [S.Kappa, "kappa"], event: "KappaSet" },
  sudo_set_rho: { access: { owner: "Rho" }, window: true, exists: true, store: [S.Rho, "rho"], event: "RhoSet" },
  sudo_set_activity_cutoff: {
    access: { owner: "ActivityCutoff" },
    window: true,
    exists: true,
    check: ({ state }, { activity_cutoff }) =>
      ensureSubtensor(activity_cutoff >= state.get(S.MinActivityCutoff), "ActivityCutoffTooLow"),
    store: [S.ActivityCutoff, "activity_cutoff"],
    event: "ActivityCutoffSet",
  },
  sudo_set_network_registration_allowed: {
    access: "root",
    store: [S.NetworkRegistrationAllowed, "registration_allowed"],
    event: "RegistrationAllowed",
  },
  sudo_set_network_pow_registration_allowed: { access: "any", check: deprecated("POWRegistrationDisabled") },
  sudo_set_target_registrations_per_interval: {
    access: "root",
    window: true,
    exists: true,
    store: [S.TargetRegistrationsPerInterval, "target_registrations_per_interval"],
    event: "RegistrationPerIntervalSet",
  },
  sudo_set_min_burn: {
    access: { owner: "MinBurn" },
    window: true,
    exists: true,
    check: ({ state }, { netuid, min_burn }) =>
      ensure(min_burn < MinBurnUpperBound.value && min_burn < state.get(S.MaxBurn, netuid), "ValueNotInBounds"),
    store: [S.MinBurn, "min_burn"],
    event: "MinBurnSet",
  },
  sudo_set_max_burn: {
    access: { owner: "MaxBurn" },
    window: true,
    exists: true,
    check: ({ state }, { netuid, max_burn }) =>
      ensure(max_burn > MaxBurnLowerBound.value && max_burn > state.get(S.MinBurn, netuid), "ValueNotInBounds"),
    store: [S.MaxBurn, "max_burn"],
    event: "MaxBurnSet",
  },
  sudo_set_difficulty: {
    access: "root",
    window: true,
    exists: true,
    store: [S.Difficulty, "difficulty"],
    event: "DifficultySet",
  },
  sudo_set_max_allowed_validators: {
    access: "root",
    window: true,
    exists: true,
    check: ({ state }, { netuid, max_allowed_validators }) =>
      ensure(max_allowed_validators <= state.get(S.MaxAllowedUids, netuid), "MaxValidatorsLargerThanMaxUIds"),
    store: [S.MaxAllowedValidators, "max_allowed_validators"],
    event: "MaxAllowedValidatorsSet",
  },
  sudo_set_bonds_moving_average: {
    access: { owner: "BondsMovingAverage" },
    window: true,
    exists: true,
    check: (_ctx, { bonds_moving_average }, owner) =>
      ensure(owner === undefined || bonds_moving_average <= OWNER_MAX_BONDS_AVERAGE, "BondsMovingAverageMaxReached"),
    store: [S.BondsMovingAverage, "bonds_moving_average"],
    event: "BondsMovingAverageSet",
  },
  sudo_set_max_registrations_per_block: {
    access: "root",
    window: true,
    exists: true,
    store: [S.MaxRegistrationsPerBlock, "max_registrations_per_block"],
    event: "MaxRegistrationsPerBlockSet",
  },
  sudo_set_subnet_owner_cut: {
    access: "root",
    store: [S.SubnetOwnerCut, "subnet_owner_cut"],
    event: "SubnetOwnerCutSet",
  },
  sudo_set_network_rate_limit: {
    access: "root",
    store: [S.NetworkRateLimit, "rate_limit"],
    event: "NetworkRateLimitSet",
  },
  sudo_set_tempo: {
    access: "root",
    window: true,
    exists: true,
    apply: (ctx, { netuid, tempo }) => {
      setTempo(ctx.state, netuid, tempo, ctx.block.number);
      ctx.emit(subtensorModule, "TempoSet", [netuid, tempo]);
    },
  },
  sudo_set_total_issuance: { access: "any", check: deprecated("Deprecated") },
  sudo_set_network_immunity_period: {
    access: "root",
    store: [S.NetworkImmunityPeriod, "immunity_period"],
    event: "NetworkImmunityPeriodSet",
  },
  sudo_set_network_min_lock_cost: {
    access: "root",
    store: [S.NetworkMinLockCost, "lock_cost"],
    event: "NetworkMinLockCostSet",
  },
  sudo_set_subnet_limit: { access: "root", store: [S.SubnetLimit, "max_subnets"], event: "SubnetLimitSet" },
  sudo_set_lock_reduction_interval: {
    access: "root",
    store: [S.NetworkLockReductionInterval, "interval"],
    event: "NetworkLockCostReductionIntervalSet",
  },
  sudo_set_rao_recycled: {
    access: "root",
    exists: true,
    store: [S.RAORecycledForRegistration, "rao_recycled"],
    event: "RAORecycledForRegistrationSet",
  },
  sudo_set_stake_threshold: { access: "root", store: [S.StakeThreshold, "min_stake"], event: "StakeThresholdSet" },
  sudo_set_nominator_min_required_stake: {
    access: "root",
    apply(ctx, { min_stake }) {
      const before = ctx.state.get(S.NominatorMinRequiredStake);
      ctx.state.put(S.NominatorMinRequiredStake, [], min_stake);
      if (min_stake > before) clearSmallNominations(ctx);
    },
  },
  sudo_set_tx_delegate_take_rate_limit: {
    access: "root",
    store: [S.TxDelegateTakeRateLimit, "tx_rate_limit"],
    event: "TxDelegateTakeRateLimitSet",
  },
  sudo_set_min_delegate_take: { access: "root", store: [S.MinDelegateTake, "take"], event: "MinDelegateTakeSet" },
  sudo_set_commit_reveal_weights_enabled: {
    access: { owner: "CommitRevealEnabled" },
    window: true,
    exists: true,
    store: [S.CommitRevealWeightsEnabled, "enabled"],
    event: "CommitRevealEnabled",
  },
  sudo_set_liquid_alpha_enabled: {
    access: { owner: "LiquidAlphaEnabled" },
    window: true,
    store: [S.LiquidAlphaOn, "enabled"],
  },
  sudo_set_alpha_values: {
    access: { owner: "AlphaValues" },
    window: true,
    check({ state }, { netuid, alpha_low, alpha_high }) {
      ensureSubtensor(state.get(S.LiquidAlphaOn, netuid), "LiquidAlphaDisabled");
      ensureSubtensor(alpha_high >= MIN_ALPHA, "AlphaHighTooLow");
      ensureSubtensor(alpha_low >= MIN_ALPHA && alpha_low <= alpha_high, "AlphaLowOutOfRange");
    },
    apply: ({ state }, { netuid, alpha_low, alpha_high }) =>
      state.put(S.AlphaValues, [netuid], [alpha_low, alpha_high]),
  },
  sudo_set_dissolve_network_schedule_duration: {
    access: "root",
    store: [S.DissolveNetworkScheduleDuration, "duration"],
    event: "DissolveNetworkScheduleDurationSet",
  },
  sudo_set_commit_reveal_weights_interval: {
    access: { owner: "WeightCommitInterval" },
    window: true,
    exists: true,
    check(_ctx, { interval }) {
      ensureSubtensor(interval <= MAX_REVEAL_PERIOD, "RevealPeriodTooLarge");
      ensureSubtensor(interval >= 1n, "RevealPeriodTooSmall");
    },
    store: [S.RevealPeriodEpochs, "interval"],
    event: "CommitRevealPeriodsSet",
  },
  sudo_set_evm_chain_id: { access: "root", store: [evmChainId.storage.ChainId, "chain_id"] },
  schedule_grandpa_change: {
    access: "root",
    apply: (ctx, { next_authorities, in_blocks, forced }) => scheduleChange(ctx, next_authorities, in_blocks, forced),
  },
  sudo_set_bonds_penalty: {
    access: { owner: "BondsPenalty" },
    window: true,
    exists: true,
    store: [S.BondsPenalty, "bonds_penalty"],
    event: "BondsPenaltySet",
  },
  sudo_set_toggle_transfer: {
    access: { owner: "TransferEnabled" },
    window: true,
    store: [S.TransferToggle, "toggle"],
    event: "TransferToggle",
  },
  sudo_toggle_evm_precompile: {
    access: "root",
    apply(ctx, { precompile_id, enabled }) {
      if (ctx.state.get(adminUtils.storage.PrecompileEnable, precompile_id) === enabled) return;
      ctx.state.put(adminUtils.storage.PrecompileEnable, [precompile_id], enabled);
      ctx.emit(adminUtils, "PrecompileUpdated", { precompile_id, enabled });
    },
  },
  sudo_set_subnet_moving_alpha: { access: "root", store: [S.SubnetMovingAlpha, "alpha"] },
  sudo_set_subnet_owner_hotkey: { access: "owner", apply: setOwnerHotkey },
  sudo_set_ema_price_halving_period: { access: "root", store: [S.EMAPriceHalvingBlocks, "ema_halving"] },
  sudo_set_subtoken_enabled: { access: "root", window: true, store: [S.SubtokenEnabled, "subtoken_enabled"] },
  sudo_set_sn_owner_hotkey: { access: "owner", apply: setOwnerHotkey },
  sudo_set_alpha_sigmoid_steepness: {
    access: { owner: "AlphaSigmoidSteepness" },
    window: true,
    exists: true,
    check: (_ctx, { steepness }, owner) => ensure(owner === undefined || steepness >= 0, "NegativeSigmoidSteepness"),
    store: [S.AlphaSigmoidSteepness, "steepness"],
    event: "AlphaSigmoidSteepnessSet",
  },
  sudo_set_yuma3_enabled: {
    access: { owner: "Yuma3Enabled" },
    window: true,
    store: [S.Yuma3On, "enabled"],
    adminEvent: "Yuma3EnableToggled",
  },
  sudo_set_bonds_reset_enabled: {
    access: { owner: "BondsResetEnabled" },
    window: true,
    store: [S.BondsResetOn, "enabled"],
    event: "BondsResetOnSet",
    adminEvent: "BondsResetToggled",
  },
  sudo_set_commit_reveal_version: {
    access: "root",
    store: [S.CommitRevealWeightsVersion, "version"],
    event: "CommitRevealVersionSet",
  },
  sudo_set_owner_immune_neuron_limit: {
    access: { owner: "ImmuneNeuronLimit" },
    window: true,
    check: (_ctx, { immune_neurons }) =>
      ensureSubtensor(immune_neurons >= 1 && immune_neurons <= MAX_IMMUNE_OWNER_UIDS, "InvalidValue"),
    store: [S.ImmuneOwnerUidsLimit, "immune_neurons"],
  },
  sudo_set_ck_burn: { access: "root", store: [S.CKBurn, "burn"] },
  sudo_set_admin_freeze_window: {
    access: "root",
    store: [S.AdminFreezeWindow, "window"],
    event: "AdminFreezeWindowSet",
  },
  sudo_set_owner_hparam_rate_limit: {
    access: "root",
    store: [S.OwnerHyperparamRateLimit, "epochs"],
    event: "OwnerHyperparamRateLimitSet",
  },
  sudo_set_mechanism_count: {
    access: { limited: "mechanismCount" },
    window: true,
    apply: ({ state }, { netuid, mechanism_count }) => setMechanismCount(state, netuid, mechanism_count),
  },
  sudo_set_mechanism_emission_split: {
    access: { limited: "mechanismEmission" },
    window: true,
    apply: ({ state }, { netuid, maybe_split }) => setMechanismSplit(state, netuid, maybe_split),
  },
  sudo_trim_to_max_allowed_uids: {
    access: { limited: "maxUidsTrimming" },
    window: true,
    apply: (ctx, { netuid, max_n }) => trimUids(ctx, netuid, max_n),
  },
  sudo_set_min_allowed_uids: {
    access: "root",
    window: true,
    exists: true,
    check({ state }, { netuid, min_allowed_uids }) {
      ensure(min_allowed_uids < state.get(S.MaxAllowedUids, netuid), "MinAllowedUidsGreaterThanMaxAllowedUids");
      ensure(min_allowed_uids < neuronCount(state, netuid), "MinAllowedUidsGreaterThanCurrentUids");
    },
    store: [S.MinAllowedUids, "min_allowed_uids"],
    event: "MinAllowedUidsSet",
  },
  sudo_set_recycle_or_burn: {
    access: { owner: "RecycleOrBurn" },
    window: true,
    store: [S.RecycleOrBurn, "recycle_or_burn"],
  },
  sudo_set_tao_flow_cutoff: { access: "root", store: [S.TaoFlowCutoff, "flow_cutoff"] },
  sudo_set_tao_flow_normalization_exponent: {
    access: "root",
    check: (_ctx, { exponent }) =>
      ensure(exponent.bits >= U64F64.one && exponent.bits <= U64F64.fromInt(2), "InvalidValue"),
    store: [S.FlowNormExponent, "exponent"],
  },
  sudo_set_tao_flow_smoothing_factor: { access: "root", store: [S.FlowEmaSmoothingFactor, "smoothing_factor"] },
  sudo_set_min_non_immune_uids: { access: "root", store: [S.MinNonImmuneUids, "min"], event: "MinNonImmuneUidsSet" },
  sudo_set_start_call_delay: { access: "root", store: [S.StartCallDelay, "delay"], event: "StartCallDelaySet" },
  sudo_set_coldkey_swap_announcement_delay: {
    access: "root",
    store: [S.ColdkeySwapAnnouncementDelay, "duration"],
    event: "ColdkeySwapAnnouncementDelaySet",
  },
  sudo_set_coldkey_swap_reannouncement_delay: {
    access: "root",
    store: [S.ColdkeySwapReannouncementDelay, "duration"],
    event: "ColdkeySwapReannouncementDelaySet",
  },
  sudo_set_max_mechanism_count: {
    access: "root",
    check: (_ctx, { max_mechanism_count }) =>
      ensureSubtensor(max_mechanism_count >= 1 && max_mechanism_count <= MAX_MECHANISM_COUNT, "InvalidValue"),
    store: [S.MaxMechanismCount, "max_mechanism_count"],
  },
  sudo_set_burn_half_life: {
    access: { owner: "BurnHalfLife" },
    window: true,
    exists: true,
    notRoot: true,
    check: (_ctx, { burn_half_life }) => ensure(burn_half_life >= 1 && burn_half_life <= MAX_HALF_LIFE, "InvalidValue"),
    store: [S.BurnHalfLife, "burn_half_life"],
    adminEvent: "BurnHalfLifeSet",
  },
  sudo_set_burn_increase_mult: {
    access: { owner: "BurnIncreaseMult" },
    window: true,
    exists: true,
    notRoot: true,
    check: (_ctx, { burn_increase_mult: { bits } }) =>
      ensure(bits >= U64F64.one && bits <= U64F64.fromInt(3), "InvalidValue"),
    store: [S.BurnIncreaseMult, "burn_increase_mult"],
    adminEvent: "BurnIncreaseMultSet",
  },
  sudo_set_net_tao_flow_enabled: { access: "root", store: [S.NetTaoFlowEnabled, "enabled"] },
  sudo_set_owner_cut_enabled: {
    access: "owner",
    window: true,
    exists: true,
    notRoot: true,
    store: [S.OwnerCutEnabled, "enabled"],
  },
  sudo_set_min_childkey_take_per_subnet: {
    access: { owner: "MinChildkeyTake" },
    window: true,
    exists: true,
    check: ({ state }, { take }) =>
      ensure(take >= state.get(S.MinChildkeyTake) && take <= state.get(S.MaxChildkeyTake), "InvalidValue"),
    store: [S.MinChildkeyTakePerSubnet, "take"],
    event: "MinChildKeyTakePerSubnetSet",
  },
  sudo_set_subnet_emission_enabled: {
    access: "root",
    exists: true,
    notRoot: true,
    store: [S.SubnetEmissionEnabled, "enabled"],
    adminEvent: "SubnetEmissionEnabledSet",
  },
  sudo_set_owner_cut_auto_lock_enabled: {
    access: "owner",
    window: true,
    exists: true,
    notRoot: true,
    store: [S.OwnerCutAutoLockEnabled, "enabled"],
  },
  sudo_set_max_epochs_per_block: {
    access: "root",
    check: (_ctx, { max_epochs_per_block }) => ensure(max_epochs_per_block >= 1, "ValueNotInBounds"),
    store: [S.MaxEpochsPerBlock, "max_epochs_per_block"],
    event: "MaxEpochsPerBlockSet",
  },
};

function setOwnerHotkey(ctx: Ctx, { netuid, hotkey }: { netuid: number; hotkey: string }): void {
  ensureSubtensor(passesOwnerHotkeyLimit(ctx, netuid), "TxRateLimitExceeded");
  ensureSubtensor(!isSystemAccount(hotkey), "CannotUseSystemAccount");
  ctx.state.put(S.LastRateLimitedBlock, [{ type: "SetSNOwnerHotkey", value: netuid }], BigInt(ctx.block.number));
  ctx.state.put(S.SubnetOwnerHotkey, [netuid], hotkey);
  ctx.emit(subtensorModule, "SubnetOwnerHotkeySet", [netuid, hotkey]);
}
