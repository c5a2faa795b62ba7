import { activityCutoff } from "@subnetkit/shared/consensus/epoch/activity-cutoff";
import { utf8 } from "@subnetkit/shared/util/bytes";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type {
  HyperparamEntry,
  SubnetHyperparams,
  SubnetHyperparamsV2,
} from "../../../../spec/runtime-apis-subtensor.ts";
import type { State } from "../../../storage/state.ts";

const S = subtensorModule.storage;

/** Settings of a subnet, first form. */
export function hyperparams(state: State, netuid: number): SubnetHyperparams {
  const [alpha_low, alpha_high] = state.get(S.AlphaValues, netuid);
  return {
    rho: state.get(S.Rho, netuid),
    kappa: state.get(S.Kappa, netuid),
    immunity_period: state.get(S.ImmunityPeriod, netuid),
    min_allowed_weights: state.get(S.MinAllowedWeights, netuid),
    max_weights_limit: state.get(S.MaxWeightsLimit, netuid),
    tempo: state.get(S.Tempo, netuid),
    min_difficulty: state.get(S.MinDifficulty, netuid),
    max_difficulty: state.get(S.MaxDifficulty, netuid),
    weights_version: state.get(S.WeightsVersionKey, netuid),
    weights_rate_limit: state.get(S.WeightsSetRateLimit, netuid),
    adjustment_interval: state.get(S.AdjustmentInterval, netuid),
    activity_cutoff: cutoffBlocks(state, netuid),
    registration_allowed: state.get(S.NetworkRegistrationAllowed, netuid),
    target_regs_per_interval: state.get(S.TargetRegistrationsPerInterval, netuid),
    min_burn: state.get(S.MinBurn, netuid),
    max_burn: state.get(S.MaxBurn, netuid),
    bonds_moving_avg: state.get(S.BondsMovingAverage, netuid),
    max_regs_per_block: state.get(S.MaxRegistrationsPerBlock, netuid),
    serving_rate_limit: state.get(S.ServingRateLimit, netuid),
    max_validators: state.get(S.MaxAllowedValidators, netuid),
    adjustment_alpha: state.get(S.AdjustmentAlpha, netuid),
    difficulty: state.get(S.Difficulty, netuid),
    commit_reveal_period: state.get(S.RevealPeriodEpochs, netuid),
    commit_reveal_weights_enabled: state.get(S.CommitRevealWeightsEnabled, netuid),
    alpha_high,
    alpha_low,
    liquid_alpha_enabled: state.get(S.LiquidAlphaOn, netuid),
  };
}

/** Settings of a subnet, second form. */
export function hyperparamsV2(state: State, netuid: number): SubnetHyperparamsV2 {
  return {
    ...hyperparams(state, netuid),
    alpha_sigmoid_steepness: { bits: steepnessBits(state, netuid) },
    yuma_version: state.get(S.Yuma3On, netuid) ? 3 : 2,
    subnet_is_active: state.get(S.SubtokenEnabled, netuid),
    transfers_enabled: state.get(S.TransferToggle, netuid),
    bonds_reset_enabled: state.get(S.BondsResetOn, netuid),
    user_liquidity_enabled: false,
  };
}

/** Settings of a subnet as a list of names and values, in the chain's order (spec/subtensor-interface.md 4.2). */
export function hyperparamsV3(state: State, netuid: number): HyperparamEntry[] {
  const of = hyperparamsV2(state, netuid);
  const entries: [string, HyperparamEntry["value"]][] = [
    ["kappa", { type: "U16", value: of.kappa }],
    ["immunity_period", { type: "U16", value: of.immunity_period }],
    ["min_allowed_weights", { type: "U16", value: of.min_allowed_weights }],
    ["max_weights_limit", { type: "U16", value: of.max_weights_limit }],
    ["tempo", { type: "U16", value: of.tempo }],
    ["weights_version", { type: "U64", value: of.weights_version }],
    ["weights_rate_limit", { type: "U64", value: of.weights_rate_limit }],
    ["activity_cutoff", { type: "U64", value: of.activity_cutoff }],
    ["activity_cutoff_factor", { type: "U32", value: state.get(S.ActivityCutoffFactorMilli, netuid) }],
    ["registration_allowed", { type: "Bool", value: of.registration_allowed }],
    ["target_regs_per_interval", { type: "U16", value: of.target_regs_per_interval }],
    ["min_burn", { type: "TaoBalance", value: of.min_burn }],
    ["max_burn", { type: "TaoBalance", value: of.max_burn }],
    ["burn_half_life", { type: "U16", value: state.get(S.BurnHalfLife, netuid) }],
    ["burn_increase_mult", { type: "U64F64", value: state.get(S.BurnIncreaseMult, netuid) }],
    ["bonds_moving_avg", { type: "U64", value: of.bonds_moving_avg }],
    ["max_regs_per_block", { type: "U16", value: of.max_regs_per_block }],
    ["serving_rate_limit", { type: "U64", value: of.serving_rate_limit }],
    ["max_validators", { type: "U16", value: of.max_validators }],
    ["commit_reveal_period", { type: "U64", value: of.commit_reveal_period }],
    ["commit_reveal_weights_enabled", { type: "Bool", value: of.commit_reveal_weights_enabled }],
    ["alpha_high", { type: "U16", value: of.alpha_high }],
    ["alpha_low", { type: "U16", value: of.alpha_low }],
    ["liquid_alpha_enabled", { type: "Bool", value: of.liquid_alpha_enabled }],
    ["alpha_sigmoid_steepness", { type: "I32F32", value: of.alpha_sigmoid_steepness }],
    ["yuma_version", { type: "U16", value: of.yuma_version }],
    ["subnet_is_active", { type: "Bool", value: of.subnet_is_active }],
    ["transfers_enabled", { type: "Bool", value: of.transfers_enabled }],
    ["bonds_reset_enabled", { type: "Bool", value: of.bonds_reset_enabled }],
    ["user_liquidity_enabled", { type: "Bool", value: of.user_liquidity_enabled }],
    ["owner_cut_enabled", { type: "Bool", value: state.get(S.OwnerCutEnabled, netuid) }],
    ["owner_cut_auto_lock_enabled", { type: "Bool", value: state.get(S.OwnerCutAutoLockEnabled, netuid) }],
    ["min_childkey_take", { type: "U16", value: state.get(S.MinChildkeyTakePerSubnet, netuid) }],
  ];
  return entries.map(([name, value]) => ({ name: utf8(name), value }));
}

/** Blocks a validator may stay silent before it counts as inactive. */
function cutoffBlocks(state: State, netuid: number): bigint {
  return BigInt(activityCutoff(state.get(S.ActivityCutoffFactorMilli, netuid), state.get(S.Tempo, netuid)));
}

function steepnessBits(state: State, netuid: number): bigint {
  return BigInt(state.get(S.AlphaSigmoidSteepness, netuid)) << 32n;
}
