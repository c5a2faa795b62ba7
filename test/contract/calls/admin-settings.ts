/** Every setter of AdminUtils as spec/subtensor-interface.md 2.4 has it: who, when, what it writes and says, and the values it refuses. */
import { NETUID, people } from "./world.ts";

/** Who may call: root alone; owner and root, the owner limited by OwnerHyperparamRateLimit or by a limit of its own; owner and root without limit. */
export type AdminAccess = "root" | "owner+limit" | "owner+ownLimit" | "owner";

/** One setter. Arguments follow the netuid where it has one. */
export interface AdminSetting {
  readonly call: string;
  readonly access: AdminAccess;
  /** False for settings of the whole chain. */
  readonly netuid: boolean;
  readonly window?: true;
  readonly exists?: true;
  readonly notRoot?: true;
  readonly args: readonly unknown[];
  /** Storage item, and the JSON it then has. */
  readonly stored: readonly [item: string, value: unknown];
  /** Further keys of the item before the netuid. */
  readonly event?: string;
  /** An event of AdminUtils, after the one of SubtensorModule. */
  readonly adminEvent?: string;
  /** Arguments that are refused, and the error; `owner` where root may. */
  readonly refused?: readonly (readonly [args: readonly unknown[], error: string, who?: "owner"])[];
}

type Rest = Partial<Pick<AdminSetting, "window" | "exists" | "notRoot" | "event" | "adminEvent" | "refused">>;

const row = (
  call: string,
  access: AdminAccess,
  netuid: boolean,
  args: readonly unknown[],
  stored: AdminSetting["stored"],
  rest: Rest = {},
): AdminSetting => ({ call: `AdminUtils.${call}`, access, netuid, args, stored, ...rest });

/** A setting of one subnet that owner and root change, in the window, on an existing subnet. */
const owned = (call: string, item: string, value: unknown, event: string | undefined, rest: Rest = {}): AdminSetting =>
  row(call, "owner+limit", true, [value], [item, value], {
    window: true,
    exists: true,
    ...(event === undefined ? {} : { event }),
    ...rest,
  });
/** A setting of the whole chain. */
const chainWide = (call: string, item: string, value: unknown, event?: string, rest: Rest = {}): AdminSetting =>
  row(call, "root", false, [value], [item, value], { ...(event === undefined ? {} : { event }), ...rest });
/** A setting of one subnet that is root's. */
const roots = (call: string, item: string, value: unknown, event: string | undefined, rest: Rest = {}): AdminSetting =>
  row(call, "root", true, [value], [item, value], { ...(event === undefined ? {} : { event }), ...rest });

const unchecked = { exists: undefined } as unknown as Rest;
const closing = { window: true, exists: true } as const;
const ONE = 1n << 64n;
const hex = (value: bigint): string => `0x${value.toString(16).padStart(32, "0")}`;

/** The setters, in the order of their call indices. */
export const adminSettings: readonly AdminSetting[] = [
  chainWide("sudo_set_default_take", "MaxDelegateTake", 9_000, "MaxDelegateTakeSet"),
  chainWide("sudo_set_tx_rate_limit", "TxRateLimit", 7, "TxRateLimitSet"),
  owned("sudo_set_serving_rate_limit", "ServingRateLimit", 7, "ServingRateLimitSet", unchecked),
  roots("sudo_set_min_difficulty", "MinDifficulty", 7, "MinDifficultySet", closing),
  owned("sudo_set_max_difficulty", "MaxDifficulty", 7, "MaxDifficultySet"),
  row("sudo_set_weights_version_key", "owner+ownLimit", true, [7], ["WeightsVersionKey", 7], {
    ...closing,
    event: "WeightsVersionKeySet",
  }),
  roots("sudo_set_weights_set_rate_limit", "WeightsSetRateLimit", 7, "WeightsSetRateLimitSet", { exists: true }),
  roots("sudo_set_adjustment_interval", "AdjustmentInterval", 7, "AdjustmentIntervalSet", { exists: true }),
  owned("sudo_set_adjustment_alpha", "AdjustmentAlpha", 7, "AdjustmentAlphaSet"),
  owned("sudo_set_immunity_period", "ImmunityPeriod", 7, "ImmunityPeriodSet"),
  owned("sudo_set_min_allowed_weights", "MinAllowedWeights", 7, "MinAllowedWeightSet"),
  owned("sudo_set_max_allowed_uids", "MaxAllowedUids", 200, "MaxAllowedUidsSet", {
    refused: [
      [[63], "MaxAllowedUidsLessThanMinAllowedUids"],
      [[257], "MaxAllowedUidsGreaterThanDefaultMaxAllowedUids"],
    ],
  }),
  roots("sudo_set_kappa", "Kappa", 7, "KappaSet", { exists: true }),
  owned("sudo_set_rho", "Rho", 7, "RhoSet"),
  owned("sudo_set_activity_cutoff", "ActivityCutoff", 360, "ActivityCutoffSet", {
    refused: [[[359], "SubtensorModule.ActivityCutoffTooLow"]],
  }),
  roots("sudo_set_network_registration_allowed", "NetworkRegistrationAllowed", false, "RegistrationAllowed"),
  roots(
    "sudo_set_target_registrations_per_interval",
    "TargetRegistrationsPerInterval",
    7,
    "RegistrationPerIntervalSet",
    closing,
  ),
  owned("sudo_set_min_burn", "MinBurn", 7, "MinBurnSet", {
    refused: [
      [[1_000_000_000], "ValueNotInBounds"],
      [[100_000_000_000], "ValueNotInBounds"],
    ],
  }),
  owned("sudo_set_max_burn", "MaxBurn", 100_000_001, "MaxBurnSet", {
    refused: [
      [[100_000_000], "ValueNotInBounds"],
      [[500_000], "ValueNotInBounds"],
    ],
  }),
  roots("sudo_set_difficulty", "Difficulty", 7, "DifficultySet", closing),
  roots("sudo_set_max_allowed_validators", "MaxAllowedValidators", 256, "MaxAllowedValidatorsSet", {
    ...closing,
    refused: [[[257], "MaxValidatorsLargerThanMaxUIds"]],
  }),
  owned("sudo_set_bonds_moving_average", "BondsMovingAverage", 975_000, "BondsMovingAverageSet", {
    refused: [[[975_001], "BondsMovingAverageMaxReached", "owner"]],
  }),
  roots("sudo_set_max_registrations_per_block", "MaxRegistrationsPerBlock", 7, "MaxRegistrationsPerBlockSet", closing),
  chainWide("sudo_set_subnet_owner_cut", "SubnetOwnerCut", 7, "SubnetOwnerCutSet"),
  chainWide("sudo_set_network_rate_limit", "NetworkRateLimit", 7, "NetworkRateLimitSet"),
  roots("sudo_set_tempo", "Tempo", 0, "TempoSet", closing),
  chainWide("sudo_set_network_immunity_period", "NetworkImmunityPeriod", 7, "NetworkImmunityPeriodSet"),
  chainWide("sudo_set_network_min_lock_cost", "NetworkMinLockCost", 7, "NetworkMinLockCostSet"),
  chainWide("sudo_set_subnet_limit", "SubnetLimit", 7, "SubnetLimitSet"),
  chainWide(
    "sudo_set_lock_reduction_interval",
    "NetworkLockReductionInterval",
    7,
    "NetworkLockCostReductionIntervalSet",
  ),
  roots("sudo_set_rao_recycled", "RAORecycledForRegistration", 7, "RAORecycledForRegistrationSet", { exists: true }),
  chainWide("sudo_set_stake_threshold", "StakeThreshold", 7, "StakeThresholdSet"),
  chainWide("sudo_set_nominator_min_required_stake", "NominatorMinRequiredStake", 7),
  chainWide("sudo_set_tx_delegate_take_rate_limit", "TxDelegateTakeRateLimit", 7, "TxDelegateTakeRateLimitSet"),
  chainWide("sudo_set_min_delegate_take", "MinDelegateTake", 7, "MinDelegateTakeSet"),
  owned("sudo_set_commit_reveal_weights_enabled", "CommitRevealWeightsEnabled", false, "CommitRevealEnabled"),
  owned("sudo_set_liquid_alpha_enabled", "LiquidAlphaOn", true, undefined, unchecked),
  row("sudo_set_alpha_values", "owner+limit", true, [1_638, 1_638], ["AlphaValues", [1_638, 1_638]], {
    window: true,
    refused: [
      [[1_638, 1_637], "SubtensorModule.AlphaHighTooLow"],
      [[1_637, 1_638], "SubtensorModule.AlphaLowOutOfRange"],
      [[1_640, 1_639], "SubtensorModule.AlphaLowOutOfRange"],
      [[1_637, 1_637], "SubtensorModule.AlphaHighTooLow"],
    ],
  }),
  chainWide(
    "sudo_set_dissolve_network_schedule_duration",
    "DissolveNetworkScheduleDuration",
    7,
    "DissolveNetworkScheduleDurationSet",
  ),
  owned("sudo_set_commit_reveal_weights_interval", "RevealPeriodEpochs", 100, "CommitRevealPeriodsSet", {
    refused: [
      [[101], "SubtensorModule.RevealPeriodTooLarge"],
      [[0], "SubtensorModule.RevealPeriodTooSmall"],
    ],
  }),
  row("sudo_set_evm_chain_id", "root", false, [7], ["EVMChainId.ChainId", 7]),
  owned("sudo_set_bonds_penalty", "BondsPenalty", 7, "BondsPenaltySet"),
  owned("sudo_set_toggle_transfer", "TransferToggle", false, "TransferToggle", unchecked),
  chainWide("sudo_set_subnet_moving_alpha", "SubnetMovingAlpha", { bits: 7 }),
  row(
    "sudo_set_subnet_owner_hotkey",
    "owner",
    true,
    [people.miner.address],
    ["SubnetOwnerHotkey", people.miner.address],
    {
      event: "SubnetOwnerHotkeySet",
    },
  ),
  roots("sudo_set_ema_price_halving_period", "EMAPriceHalvingBlocks", 7, undefined),
  roots("sudo_set_subtoken_enabled", "SubtokenEnabled", false, undefined, { window: true }),
  row("sudo_set_sn_owner_hotkey", "owner", true, [people.miner.address], ["SubnetOwnerHotkey", people.miner.address], {
    event: "SubnetOwnerHotkeySet",
  }),
  owned("sudo_set_alpha_sigmoid_steepness", "AlphaSigmoidSteepness", 7, "AlphaSigmoidSteepnessSet", {
    refused: [[[-1], "NegativeSigmoidSteepness", "owner"]],
  }),
  owned("sudo_set_yuma3_enabled", "Yuma3On", false, undefined, { ...unchecked, adminEvent: "Yuma3EnableToggled" }),
  owned("sudo_set_bonds_reset_enabled", "BondsResetOn", true, "BondsResetOnSet", {
    ...unchecked,
    adminEvent: "BondsResetToggled",
  }),
  chainWide("sudo_set_commit_reveal_version", "CommitRevealWeightsVersion", 7, "CommitRevealVersionSet"),
  owned("sudo_set_owner_immune_neuron_limit", "ImmuneOwnerUidsLimit", 10, undefined, {
    ...unchecked,
    refused: [
      [[0], "SubtensorModule.InvalidValue"],
      [[11], "SubtensorModule.InvalidValue"],
    ],
  }),
  chainWide("sudo_set_ck_burn", "CKBurn", 7),
  chainWide("sudo_set_admin_freeze_window", "AdminFreezeWindow", 7, "AdminFreezeWindowSet"),
  chainWide("sudo_set_owner_hparam_rate_limit", "OwnerHyperparamRateLimit", 7, "OwnerHyperparamRateLimitSet"),
  row("sudo_set_mechanism_count", "owner+ownLimit", true, [1], ["MechanismCountCurrent", 1], {
    window: true,
    refused: [
      [[0], "SubtensorModule.InvalidValue"],
      [[3], "SubtensorModule.InvalidValue"],
      [[2], "SubtensorModule.TooManyUIDsPerMechanism"],
    ],
  }),
  row("sudo_set_mechanism_emission_split", "owner+ownLimit", true, [[65_535]], ["MechanismEmissionSplit", [65_535]], {
    window: true,
    refused: [
      [[[65_534]], "SubtensorModule.InvalidValue"],
      [[[1, 65_534]], "SubtensorModule.InvalidValue"],
      [[[]], "SubtensorModule.InvalidValue"],
    ],
  }),
  row("sudo_trim_to_max_allowed_uids", "owner+ownLimit", true, [100], ["MaxAllowedUids", 100], {
    window: true,
    refused: [
      [[63], "SubtensorModule.InvalidValue"],
      [[257], "SubtensorModule.InvalidValue"],
    ],
  }),
  roots("sudo_set_min_allowed_uids", "MinAllowedUids", 2, "MinAllowedUidsSet", {
    ...closing,
    refused: [
      [[256], "MinAllowedUidsGreaterThanMaxAllowedUids"],
      [[3], "MinAllowedUidsGreaterThanCurrentUids"],
    ],
  }),
  row("sudo_set_recycle_or_burn", "owner+limit", true, ["Recycle"], ["RecycleOrBurn", "Recycle"], { window: true }),
  chainWide("sudo_set_tao_flow_cutoff", "TaoFlowCutoff", { bits: 7 }),
  row(
    "sudo_set_tao_flow_normalization_exponent",
    "root",
    false,
    [{ bits: 2n * ONE }],
    ["FlowNormExponent", { bits: hex(2n * ONE) }],
    {
      refused: [
        [[{ bits: ONE - 1n }], "InvalidValue"],
        [[{ bits: 2n * ONE + 1n }], "InvalidValue"],
      ],
    },
  ),
  chainWide("sudo_set_tao_flow_smoothing_factor", "FlowEmaSmoothingFactor", 7),
  roots("sudo_set_min_non_immune_uids", "MinNonImmuneUids", 7, "MinNonImmuneUidsSet"),
  chainWide("sudo_set_start_call_delay", "StartCallDelay", 7, "StartCallDelaySet"),
  chainWide(
    "sudo_set_coldkey_swap_announcement_delay",
    "ColdkeySwapAnnouncementDelay",
    7,
    "ColdkeySwapAnnouncementDelaySet",
  ),
  chainWide(
    "sudo_set_coldkey_swap_reannouncement_delay",
    "ColdkeySwapReannouncementDelay",
    7,
    "ColdkeySwapReannouncementDelaySet",
  ),
  chainWide("sudo_set_max_mechanism_count", "MaxMechanismCount", 16, undefined, {
    refused: [
      [[0], "SubtensorModule.InvalidValue"],
      [[17], "SubtensorModule.InvalidValue"],
    ],
  }),
  owned("sudo_set_burn_half_life", "BurnHalfLife", 36_100, undefined, {
    notRoot: true,
    adminEvent: "BurnHalfLifeSet",
    refused: [
      [[0], "InvalidValue"],
      [[36_101], "InvalidValue"],
    ],
  }),
  row(
    "sudo_set_burn_increase_mult",
    "owner+limit",
    true,
    [{ bits: 3n * ONE }],
    ["BurnIncreaseMult", { bits: hex(3n * ONE) }],
    {
      ...closing,
      notRoot: true,
      adminEvent: "BurnIncreaseMultSet",
      refused: [
        [[{ bits: ONE - 1n }], "InvalidValue"],
        [[{ bits: 3n * ONE + 1n }], "InvalidValue"],
      ],
    },
  ),
  chainWide("sudo_set_net_tao_flow_enabled", "NetTaoFlowEnabled", false),
  row("sudo_set_owner_cut_enabled", "owner", true, [false], ["OwnerCutEnabled", false], { ...closing, notRoot: true }),
  owned("sudo_set_min_childkey_take_per_subnet", "MinChildkeyTakePerSubnet", 11_796, "MinChildKeyTakePerSubnetSet", {
    refused: [
      [[11_797], "InvalidValue"],
      [[99], "InvalidValue"],
    ],
  }),
  row("sudo_set_subnet_emission_enabled", "root", true, [true], ["SubnetEmissionEnabled", true], {
    exists: true,
    notRoot: true,
    adminEvent: "SubnetEmissionEnabledSet",
  }),
  row("sudo_set_owner_cut_auto_lock_enabled", "owner", true, [true], ["OwnerCutAutoLockEnabled", true], {
    ...closing,
    notRoot: true,
  }),
  chainWide("sudo_set_max_epochs_per_block", "MaxEpochsPerBlock", 1, "MaxEpochsPerBlockSet", {
    refused: [[[0], "ValueNotInBounds"]],
  }),
];

/** What the table test of these rows exercises: for the coverage guard. */
export function adminClaims(): readonly (readonly [call: string, errors: readonly string[]])[] {
  return adminSettings.map(({ call, access, window, exists, notRoot, refused = [] }) => [
    call,
    [
      "BadOrigin",
      ...(window ? ["SubtensorModule.AdminActionProhibitedDuringWeightsWindow"] : []),
      ...(exists ? ["SubnetDoesNotExist"] : []),
      ...(notRoot ? ["NotPermittedOnRootSubnet"] : []),
      ...(access === "owner+limit" ? ["SubtensorModule.TxRateLimitExceeded"] : []),
      ...refused.map(([, error]) => error),
    ],
  ]);
}

/** Full name of the item a row writes. */
export const itemOf = ({ stored: [item] }: AdminSetting): string =>
  item.includes(".") ? item : `SubtensorModule.${item}`;

/** Keys of the item a row writes. */
export const keysOf = ({ netuid }: AdminSetting, of: number = NETUID): number[] => (netuid ? [of] : []);
