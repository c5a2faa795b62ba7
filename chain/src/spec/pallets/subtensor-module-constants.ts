/** Metadata constants of SubtensorModule. Source: spec/subtensor-interface.md 3.8 and 5.1. */
import { constant } from "../define.ts";
import { bool, i16, u16, u32, u64, u8 } from "../scale/numbers.ts";
import { palletId, percent } from "./subtensor-module-types.ts";

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Values of the fast build. */
export const subtensorModuleConstants = {
  InitialIssuance: constant(u64, 0n),
  InitialMinAllowedWeights: constant(u16, 1024),
  InitialEmissionValue: constant(u16, 0),
  // fast build (360 on mainnet)
  InitialTempo: constant(u16, 10),
  InitialDifficulty: constant(u64, 10_000_000n),
  InitialMaxDifficulty: constant(u64, 4_611_686_018_427_387_903n),
  InitialMinDifficulty: constant(u64, 10_000_000n),
  InitialRAORecycledForRegistration: constant(u64, 0n),
  InitialBurn: constant(u64, 100_000_000n),
  InitialMaxBurn: constant(u64, 100_000_000_000n),
  InitialMinBurn: constant(u64, 500_000n),
  InitialMinStake: constant(u64, 2_000_000n),
  MinBurnUpperBound: constant(u64, 1_000_000_000n),
  MaxBurnLowerBound: constant(u64, 100_000_000n),
  MinTempo: constant(u16, 360),
  MaxTempo: constant(u16, 50_400),
  MinActivityCutoffFactorMilli: constant(u32, 1000),
  MaxActivityCutoffFactorMilli: constant(u32, 50_000),
  InitialAdjustmentInterval: constant(u16, 100),
  InitialBondsMovingAverage: constant(u64, 900_000n),
  InitialBondsPenalty: constant(u16, 65_535),
  InitialBondsResetOn: constant(bool, false),
  InitialTargetRegistrationsPerInterval: constant(u16, 2),
  InitialRho: constant(u16, 10),
  InitialAlphaSigmoidSteepness: constant(i16, 1000),
  InitialKappa: constant(u16, 32_767),
  InitialMinAllowedUids: constant(u16, 64),
  InitialMaxAllowedUids: constant(u16, 256),
  InitialValidatorPruneLen: constant(u64, 1n),
  InitialScalingLawPower: constant(u16, 50),
  InitialImmunityPeriod: constant(u16, 4096),
  InitialActivityCutoff: constant(u16, 5000),
  InitialMaxRegistrationsPerBlock: constant(u16, 1),
  InitialPruningScore: constant(u16, 65_535),
  InitialMaxAllowedValidators: constant(u16, 128),
  InitialDefaultDelegateTake: constant(u16, 11_796),
  InitialMinDelegateTake: constant(u16, 0),
  InitialDefaultChildKeyTake: constant(u16, 0),
  InitialMinChildKeyTake: constant(u16, 0),
  InitialMaxChildKeyTake: constant(u16, 11_796),
  InitialWeightsVersionKey: constant(u64, 0n),
  InitialServingRateLimit: constant(u64, 50n),
  InitialTxRateLimit: constant(u64, 1000n),
  InitialTxDelegateTakeRateLimit: constant(u64, 216_000n),
  // fast build (216000 on mainnet)
  InitialTxChildKeyTakeRateLimit: constant(u64, 5n),
  InitialAdjustmentAlpha: constant(u64, 0n),
  InitialNetworkImmunityPeriod: constant(u64, 1_296_000n),
  InitialNetworkMinLockCost: constant(u64, 1_000_000_000_000n),
  InitialSubnetOwnerCut: constant(u16, 11_796),
  InitialNetworkLockReductionInterval: constant(u64, 100_800n),
  // fast build (7200 on mainnet)
  InitialNetworkRateLimit: constant(u64, 0n),
  KeySwapCost: constant(u64, 100_000_000n),
  AlphaHigh: constant(u16, 58_982),
  AlphaLow: constant(u16, 45_875),
  LiquidAlphaOn: constant(bool, false),
  Yuma3On: constant(bool, false),
  // fast build (36000 on mainnet)
  InitialColdkeySwapAnnouncementDelay: constant(u32, 50),
  // fast build (7200 on mainnet)
  InitialColdkeySwapReannouncementDelay: constant(u32, 10),
  InitialDissolveNetworkScheduleDuration: constant(u32, 36_000),
  InitialTaoWeight: constant(u64, 971_718_665_099_567_868n),
  InitialEmaPriceHalvingPeriod: constant(u64, 201_600n),
  InitialStartCallDelay: constant(u64, 0n),
  KeySwapOnSubnetCost: constant(u64, 1_000_000n),
  // fast build (7200 on mainnet)
  HotkeySwapOnSubnetInterval: constant(u64, 1n),
  LeaseDividendsDistributionInterval: constant(u32, 100),
  MaxImmuneUidsPercentage: constant(percent, 80),
  SubtensorPalletId: constant(palletId, ascii("subtensr")),
  BurnAccountId: constant(palletId, ascii("burntnsr")),
  // fast build (2 on mainnet)
  InitialMaxEpochsPerBlock: constant(u8, 32),
};
