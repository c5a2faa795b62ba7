/** SCALE types of SubtensorModule: the structs and enums of its storages, calls and events. Source: spec/subtensor-interface.md 3. */
import { accountId } from "../scale/accounts.ts";
import { bytes, fixedBytes } from "../scale/byte-strings.ts";
import { i128, i64, u128, u16, u32, u64, u8 } from "../scale/numbers.ts";
import type { ValueOf } from "../scale/scale-type.ts";
import { boundedBytes, btreeSet } from "../scale/sequences.ts";
import { anonymous, fixedPoint, newtype, struct, tuple } from "../scale/structs.ts";
import { option, variant } from "../scale/variants.ts";
import { inlineTuples } from "../types.ts";

/** 64 bits, 32 of them fraction, signed. Fixed-point numbers are stored as a struct with the one field `bits`. */
export const i32f32 = fixedPoint("FixedI64", i64, "U32");
/** 128 bits, 64 of them fraction, signed: raw stake, flow averages. */
export const i64f64 = fixedPoint("FixedI128", i128, "U64");
/** 128 bits, 32 of them fraction, signed: moving price, claim rates. */
export const i96f32 = fixedPoint("FixedI128", i128, "U32");
/** 128 bits, 64 of them fraction, unsigned: burn multiplier, prices. */
export const u64f64 = fixedPoint("FixedU128", u128, "U64");
/** 128 bits, 32 of them fraction, unsigned: root proportion, burned share. */
export const u96f32 = fixedPoint("FixedU128", u128, "U32");

/** Eight ASCII characters that name an account derived from a pallet. */
export const palletId = newtype("frame_support::PalletId", fixedBytes(8));
/** Whole percent, 0 to 100. */
export const percent = newtype("sp_arithmetic::per_things::Percent", u8);

/** Where a neuron answers: `ip` as an integer, `ip_type` 4 or 6, `block` of the last change. */
export const axonInfo = struct("pallet_subtensor::pallet::AxonInfo", {
  block: u64,
  version: u32,
  ip: u128,
  port: u16,
  ip_type: u8,
  protocol: u8,
  placeholder1: u8,
  placeholder2: u8,
});
/** Value of {@link axonInfo}. */
export type AxonInfo = ValueOf<typeof axonInfo>;

/** Where a neuron serves its Prometheus metrics. */
export const prometheusInfo = struct("pallet_subtensor::pallet::PrometheusInfo", {
  block: u64,
  version: u32,
  ip: u128,
  port: u16,
  ip_type: u8,
});
/** Value of {@link prometheusInfo}. */
export type PrometheusInfo = ValueOf<typeof prometheusInfo>;

/** TLS key of an axon. */
export const neuronCertificate = struct("pallet_subtensor::pallet::NeuronCertificate", {
  public_key: boundedBytes(64),
  algorithm: u8,
});

/** What a coldkey says of itself; every field is UTF-8. */
export const chainIdentityV2 = struct("pallet_subtensor::pallet::ChainIdentityV2", {
  name: bytes,
  url: bytes,
  github_repo: bytes,
  image: bytes,
  discord: bytes,
  description: bytes,
  additional: bytes,
});
/** Value of {@link chainIdentityV2}. */
export type ChainIdentityV2 = ValueOf<typeof chainIdentityV2>;

/** What a subnet says of itself; every field is UTF-8. */
export const subnetIdentityV3 = struct("pallet_subtensor::pallet::SubnetIdentityV3", {
  subnet_name: bytes,
  github_repo: bytes,
  subnet_contact: bytes,
  subnet_url: bytes,
  discord: bytes,
  description: bytes,
  logo_url: bytes,
  additional: bytes,
});
/** Value of {@link subnetIdentityV3}. */
export type SubnetIdentityV3 = ValueOf<typeof subnetIdentityV3>;

/** A decimal float of the share pools: mantissa * 10^exponent. */
export const safeFloat = struct("share_pool::SafeFloat", { mantissa: u128, exponent: i64 });
/** Value of {@link safeFloat}. */
export type SafeFloat = ValueOf<typeof safeFloat>;

/** Alpha a coldkey locked behind a hotkey, and the conviction it earned. */
export const lockState = struct("pallet_subtensor::staking::lock::LockState", {
  locked_mass: u64,
  conviction: u64f64,
  last_update: u64,
});
/** Value of {@link lockState}. */
export type LockState = ValueOf<typeof lockState>;

/** Fate of miner emission that would go to the subnet owner. */
export const recycleOrBurn = variant("pallet_subtensor::pallet::RecycleOrBurnEnum", {
  Burn: undefined,
  Recycle: undefined,
});

/** What a coldkey wants done with its root dividends. */
export const rootClaimType = variant("pallet_subtensor::pallet::RootClaimTypeEnum", {
  Swap: undefined,
  Keep: undefined,
  KeepSubnets: anonymous({ subnets: btreeSet(u16) }),
});
/** Value of {@link rootClaimType}. */
export type RootClaimType = ValueOf<typeof rootClaimType>;

/** A subnet paid for by a crowdloan. */
export const subnetLease = struct("pallet_subtensor::subnets::leasing::SubnetLease", {
  beneficiary: accountId,
  coldkey: accountId,
  hotkey: accountId,
  emissions_share: percent,
  end_block: option(u32),
  netuid: u16,
  cost: u64,
});

/** Settings a subnet owner may change only so often; the index keys the rate limit. */
export const hyperparameter = variant("pallet_subtensor::utils::rate_limiting::Hyperparameter", {
  Unknown: undefined,
  ServingRateLimit: undefined,
  MaxDifficulty: undefined,
  AdjustmentAlpha: undefined,
  MaxWeightLimit: undefined,
  ImmunityPeriod: undefined,
  MinAllowedWeights: undefined,
  Kappa: undefined,
  Rho: undefined,
  ActivityCutoff: undefined,
  PowRegistrationAllowed: undefined,
  MinBurn: undefined,
  MaxBurn: undefined,
  BondsMovingAverage: undefined,
  BondsPenalty: undefined,
  CommitRevealEnabled: undefined,
  LiquidAlphaEnabled: undefined,
  AlphaValues: undefined,
  WeightCommitInterval: undefined,
  TransferEnabled: undefined,
  AlphaSigmoidSteepness: undefined,
  Yuma3Enabled: undefined,
  BondsResetEnabled: undefined,
  ImmuneNeuronLimit: undefined,
  RecycleOrBurn: undefined,
  MaxAllowedUids: undefined,
  BurnHalfLife: undefined,
  BurnIncreaseMult: undefined,
  SubnetEmissionEnabled: undefined,
  MinChildkeyTake: undefined,
  ActivityCutoffFactorMilli: undefined,
  TriggerEpoch: undefined,
});
/** Value of {@link hyperparameter}. */
export type HyperparameterValue = ValueOf<typeof hyperparameter>;
/** Name of a {@link hyperparameter}. */
export type Hyperparameter = HyperparameterValue["type"];

/** What was done, as the key of storage `LastRateLimitedBlock`. */
export const rateLimitKey = inlineTuples(
  variant(
    "pallet_subtensor::RateLimitKey",
    {
      SetSNOwnerHotkey: u16,
      OwnerHyperparamUpdate: tuple(u16, hyperparameter),
      NetworkLastRegistered: undefined,
      LastTxBlock: accountId,
      LastTxBlockChildKeyTake: accountId,
      LastTxBlockDelegateTake: accountId,
      AddStakeBurn: u16,
    },
    [{ name: "AccountId", type: accountId }],
  ),
);
/** Value of {@link rateLimitKey}. */
export type RateLimitKey = ValueOf<typeof rateLimitKey>;
