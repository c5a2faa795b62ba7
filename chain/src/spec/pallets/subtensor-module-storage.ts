/** Storage of SubtensorModule, all 222 items, with the defaults of the fast build. Source: spec/subtensor-interface.md 3. */
import { map, value } from "../define.ts";
import { accountId, h256 } from "../scale/accounts.ts";
import { bytes } from "../scale/byte-strings.ts";
import { bool, i16, i64, u128, u16, u32, u64, u8 } from "../scale/numbers.ts";
import { boundedBytes, btreeMap, vec } from "../scale/sequences.ts";
import { tuple, unit } from "../scale/structs.ts";
import { option } from "../scale/variants.ts";
import { h160 } from "./ethereum-types.ts";
import {
  axonInfo,
  chainIdentityV2,
  i64f64,
  i96f32,
  lockState,
  neuronCertificate,
  prometheusInfo,
  rateLimitKey,
  recycleOrBurn,
  rootClaimType,
  safeFloat,
  subnetIdentityV3,
  subnetLease,
  u64f64,
  u96f32,
} from "./subtensor-module-types.ts";

/** Hashers, value types and defaults; amounts are rao, fractions are of 65535 (u16) or 2^64-1 (u64). */
export const subtensorModuleStorage = {
  MinActivityCutoff: value({ value: u16, default: 360 }),
  AdminFreezeWindow: value({ value: u16, default: 10 }),
  // tempos
  OwnerHyperparamRateLimit: value({ value: u16, default: 2 }),
  DissolveNetworkScheduleDuration: value({ value: u32, default: 36_000 }),
  LastHotkeySwapOnNetuid: map({
    keys: [
      ["Identity", u16],
      ["Blake2_128Concat", accountId],
    ],
    value: u64,
    default: 0n,
  }),
  // unused
  NextStakeJobId: value({ value: u64, default: 0n }),
  // root TAO weight, /u64max (SDK constant says live value 0.18)
  TaoWeight: value({ value: u64, default: 971_718_665_099_567_868n }),
  // childkey burn, /u64max
  CKBurn: value({ value: u64, default: 0n }),
  MaxDelegateTake: value({ value: u16, default: 11_796 }),
  MinDelegateTake: value({ value: u16, default: 0 }),
  MaxChildkeyTake: value({ value: u16, default: 11_796 }),
  MinChildkeyTake: value({ value: u16, default: 0 }),
  MinChildkeyTakePerSubnet: map({ keys: [["Identity", u16]], value: u16, default: 0 }),
  // hotkey→coldkey; existence = "hotkey account exists"
  Owner: map({
    keys: [["Blake2_128Concat", accountId]],
    value: accountId,
    default: "0x0000000000000000000000000000000000000000000000000000000000000000",
  }),
  // bit 0 = accepts locked alpha
  AccountFlags: map({ keys: [["Blake2_128Concat", accountId]], value: u128, default: 0n }),
  // hotkey take; key present = delegate
  Delegates: map({ keys: [["Blake2_128Concat", accountId]], value: u16, default: 11_796 }),
  // hotkey, netuid
  ChildkeyTake: map({
    keys: [
      ["Blake2_128Concat", accountId],
      ["Identity", u16],
    ],
    value: u16,
    default: 0,
  }),
  // (children, cooldown block)
  PendingChildKeys: map({
    keys: [
      ["Identity", u16],
      ["Blake2_128Concat", accountId],
    ],
    value: tuple(vec(tuple(u64, accountId)), u64),
    default: [[], 0n] as [[bigint, string][], bigint],
  }),
  // parent→[(proportion u64, child)]
  ChildKeys: map({
    keys: [
      ["Blake2_128Concat", accountId],
      ["Identity", u16],
    ],
    value: vec(tuple(u64, accountId)),
    default: [],
  }),
  // child→[(proportion, parent)]
  ParentKeys: map({
    keys: [
      ["Blake2_128Concat", accountId],
      ["Identity", u16],
    ],
    value: vec(tuple(u64, accountId)),
    default: [],
  }),
  // alpha dividends of last epoch
  AlphaDividendsPerSubnet: map({
    keys: [
      ["Identity", u16],
      ["Blake2_128Concat", accountId],
    ],
    value: u64,
    default: 0n,
  }),
  // root alpha dividends of last epoch
  RootAlphaDividendsPerSubnet: map({
    keys: [
      ["Identity", u16],
      ["Blake2_128Concat", accountId],
    ],
    value: u64,
    default: 0n,
  }),
  // TAO per block (halving)
  BlockEmission: value({ value: u64, default: 1_000_000_000n }),
  // legacy, read by get_subnet_state
  LastHotkeyEmissionOnNetuid: map({
    keys: [
      ["Blake2_128Concat", accountId],
      ["Identity", u16],
    ],
    value: u64,
    default: 0n,
  }),
  // max non-root subnets
  SubnetLimit: value({ value: u16, default: 128 }),
  // TAO issued (Balances.TotalIssuance is the balances view)
  TotalIssuance: value({ value: u64, default: 0n }),
  // total staked TAO incl. pools
  TotalStake: value({ value: u64, default: 0n }),
  // EMA factor
  SubnetMovingAlpha: value({ value: i96f32, default: { bits: 12_885n } }),
  // EMA price, capped spot ≤1
  SubnetMovingPrice: map({ keys: [["Identity", u16]], value: i96f32, default: { bits: 0n } }),
  // root proportion
  RootProp: map({ keys: [["Identity", u16]], value: u96f32, default: { bits: 0n } }),
  // cumulative TAO volume
  SubnetVolume: map({ keys: [["Identity", u16]], value: u128, default: 0n }),
  // pool TAO reserve
  SubnetTAO: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // last block
  SubnetAlphaInEmission: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // TAO-side emission; new subnets get false
  SubnetEmissionEnabled: map({ keys: [["Identity", u16]], value: bool, default: true }),
  // last block
  SubnetAlphaOutEmission: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // last block
  SubnetTaoInEmission: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // last block chain buys
  SubnetExcessTao: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // last block root sells
  SubnetRootSellTao: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // pool alpha reserve
  SubnetAlphaIn: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // alpha outside the pool
  SubnetAlphaOut: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // alpha bought by chain
  SubnetProtocolAlpha: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // coldkey→hotkeys it has stake on
  StakingHotkeys: map({ keys: [["Blake2_128Concat", accountId]], value: vec(accountId), default: [] }),
  // coldkey→hotkeys it owns
  OwnedHotkeys: map({ keys: [["Blake2_128Concat", accountId]], value: vec(accountId), default: [] }),
  // coldkey, netuid
  AutoStakeDestination: map({
    keys: [
      ["Blake2_128Concat", accountId],
      ["Identity", u16],
    ],
    value: accountId,
    optional: true,
  }),
  // hotkey, netuid
  AutoStakeDestinationColdkeys: map({
    keys: [
      ["Blake2_128Concat", accountId],
      ["Identity", u16],
    ],
    value: vec(accountId),
    default: [],
  }),
  // blocks; fast build (36000 on mainnet)
  ColdkeySwapAnnouncementDelay: value({ value: u32, default: 50 }),
  // blocks; fast build (7200 on mainnet)
  ColdkeySwapReannouncementDelay: value({ value: u32, default: 10 }),
  // (executable block, hash)
  ColdkeySwapAnnouncements: map({ keys: [["Twox64Concat", accountId]], value: tuple(u32, h256), optional: true }),
  // block
  ColdkeySwapDisputes: map({ keys: [["Twox64Concat", accountId]], value: u32, optional: true }),
  // (hotkey, netuid) stake incl. delegations
  TotalHotkeyAlpha: map({
    keys: [
      ["Blake2_128Concat", accountId],
      ["Identity", u16],
    ],
    value: u64,
    default: 0n,
  }),
  TotalHotkeyAlphaLastEpoch: map({
    keys: [
      ["Blake2_128Concat", accountId],
      ["Identity", u16],
    ],
    value: u64,
    default: 0n,
  }),
  // legacy denominator, drained lazily
  TotalHotkeyShares: map({
    keys: [
      ["Blake2_128Concat", accountId],
      ["Identity", u16],
    ],
    value: u64f64,
    default: { bits: 0n },
  }),
  // legacy shares (hot, cold, netuid), read first
  Alpha: map({
    keys: [
      ["Blake2_128Concat", accountId],
      ["Blake2_128Concat", accountId],
      ["Identity", u16],
    ],
    value: u64f64,
    default: { bits: 0n },
  }),
  // share-pool denominator
  TotalHotkeySharesV2: map({
    keys: [
      ["Blake2_128Concat", accountId],
      ["Identity", u16],
    ],
    value: safeFloat,
    default: { mantissa: 0n, exponent: 0n },
  }),
  // shares (hot, cold, netuid); stake = TotalHotkeyAlpha × share / denominator
  AlphaV2: map({
    keys: [
      ["Blake2_128Concat", accountId],
      ["Blake2_128Concat", accountId],
      ["Identity", u16],
    ],
    value: safeFloat,
    default: { mantissa: 0n, exponent: 0n },
  }),
  // (coldkey, netuid, hotkey)
  Lock: map({
    keys: [
      ["Blake2_128Concat", accountId],
      ["Identity", u16],
      ["Blake2_128Concat", accountId],
    ],
    value: lockState,
    optional: true,
  }),
  // reverse index
  LockingColdkeys: map({
    keys: [
      ["Identity", u16],
      ["Blake2_128Concat", accountId],
      ["Blake2_128Concat", accountId],
    ],
    value: unit,
    optional: true,
  }),
  HotkeyLock: map({
    keys: [
      ["Identity", u16],
      ["Blake2_128Concat", accountId],
    ],
    value: lockState,
    optional: true,
  }),
  DecayingHotkeyLock: map({
    keys: [
      ["Identity", u16],
      ["Blake2_128Concat", accountId],
    ],
    value: lockState,
    optional: true,
  }),
  OwnerLock: map({ keys: [["Identity", u16]], value: lockState, optional: true }),
  DecayingOwnerLock: map({ keys: [["Identity", u16]], value: lockState, optional: true }),
  DecayingLock: map({
    keys: [
      ["Blake2_128Concat", accountId],
      ["Identity", u16],
    ],
    value: bool,
    optional: true,
  }),
  OwnerCutAutoLockEnabled: map({ keys: [["Identity", u16]], value: bool, default: false }),
  MaturityRate: value({ value: u64, default: 934_866n }),
  UnlockRate: value({ value: u64, default: 934_866n }),
  // iterator state
  AlphaMapLastKey: value({ value: option(bytes), default: undefined }),
  // iterator state
  AlphaV2MapLastKey: value({ value: option(bytes), default: undefined }),
  // alpha symbol bytes
  TokenSymbol: map({ keys: [["Identity", u16]], value: bytes, default: new Uint8Array([0xf0, 0x9d, 0x9c, 0x8f]) }),
  // user in/out this period
  SubnetTaoFlow: map({ keys: [["Identity", u16]], value: i64, default: 0n }),
  // (block, EMA)
  SubnetEmaTaoFlow: map({ keys: [["Identity", u16]], value: tuple(u64, i64f64), optional: true }),
  // unused by current share formula
  NetTaoFlowEnabled: value({ value: bool, default: true }),
  SubnetProtocolFlow: map({ keys: [["Identity", u16]], value: i64, default: 0n }),
  SubnetEmaProtocolFlow: map({ keys: [["Identity", u16]], value: tuple(u64, i64f64), optional: true }),
  TaoFlowCutoff: value({ value: i64f64, default: { bits: 0n } }),
  FlowNormExponent: value({ value: u64f64, default: { bits: 18_446_744_073_709_551_616n } }),
  FlowEmaSmoothingFactor: value({ value: u64, default: 29_597_889_189_277n }),
  // PoW/faucet work
  UsedWork: map({ keys: [["Identity", bytes]], value: u64, default: 0n }),
  // root only effect
  MaxRegistrationsPerBlock: map({ keys: [["Identity", u16]], value: u16, default: 1 }),
  // count incl. root
  TotalNetworks: value({ value: u16, default: 0 }),
  // subnet immunity
  NetworkImmunityPeriod: value({ value: u64, default: 1_296_000n }),
  StartCallDelay: value({ value: u64, default: 0n }),
  NetworkMinLockCost: value({ value: u64, default: 1_000_000_000_000n }),
  NetworkLastLockCost: value({ value: u64, default: 1_000_000_000_000n }),
  NetworkLockReductionInterval: value({ value: u64, default: 100_800n }),
  SubnetOwnerCut: value({ value: u16, default: 11_796 }),
  OwnerCutEnabled: map({ keys: [["Identity", u16]], value: bool, default: true }),
  // between network registrations; fast build (7200 on mainnet)
  NetworkRateLimit: value({ value: u64, default: 0n }),
  // per-million of 0.002 TAO
  NominatorMinRequiredStake: value({ value: u64, default: 0n }),
  // tempos
  WeightsVersionKeyRateLimit: value({ value: u64, default: 5n }),
  // enum key: 0 SetSNOwnerHotkey(u16), 1 OwnerHyperparamUpdate(u16, u8), 2 NetworkLastRegistered, 3 LastTxBlock(Acc), 4 LastTxBlockChildKeyTake(Acc), 5 LastTxBlockDelegateTake(Acc), 6 AddStakeBurn(u16)
  LastRateLimitedBlock: map({ keys: [["Identity", rateLimitKey]], value: u64, default: 0n }),
  // transfer_stake allowed
  TransferToggle: map({ keys: [["Identity", u16]], value: bool, default: true }),
  // lock paid
  SubnetLocked: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // legacy
  LargestLocked: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // epoch period in blocks; fast build (360 on mainnet)
  Tempo: map({ keys: [["Identity", u16]], value: u16, default: 10 }),
  // last consumed epoch slot
  LastEpochBlock: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // triggered/deferred epoch block, 0 none
  PendingEpochAt: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // epoch counter used by commit-reveal and commitments
  SubnetEpochIndex: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // cutoff = factor×tempo/1000, ≥1
  ActivityCutoffFactorMilli: map({ keys: [["Identity", u16]], value: u32, default: 13_889 }),
  // set by start_call
  FirstEmissionBlockNumber: map({ keys: [["Identity", u16]], value: u64, optional: true }),
  // pricing: 0 stable 1:1, 1 dynamic AMM
  SubnetMechanism: map({ keys: [["Identity", u16]], value: u16, default: 0 }),
  // number of uids
  SubnetworkN: map({ keys: [["Identity", u16]], value: u16, default: 0 }),
  // subnet exists (iterate keys for the netuid list; also root 0)
  NetworksAdded: map({ keys: [["Identity", u16]], value: bool, default: false }),
  // hotkey registered on netuid
  IsNetworkMember: map({
    keys: [
      ["Blake2_128Concat", accountId],
      ["Identity", u16],
    ],
    value: bool,
    default: false,
  }),
  // also gates emission
  NetworkRegistrationAllowed: map({ keys: [["Identity", u16]], value: bool, default: true }),
  // display only
  NetworkPowRegistrationAllowed: map({ keys: [["Identity", u16]], value: bool, default: true }),
  // block created
  NetworkRegisteredAt: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // times this netuid was registered
  RegisteredSubnetCounter: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // miner alpha until epoch
  PendingServerEmission: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // validator alpha until epoch
  PendingValidatorEmission: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // root alpha until epoch
  PendingRootAlphaDivs: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // owner alpha until epoch
  PendingOwnerCut: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // share of miner emission withheld last epoch
  MinerBurned: map({ keys: [["Identity", u16]], value: u96f32, default: { bits: 0n } }),
  // since last successful epoch
  BlocksSinceLastStep: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // block of last successful epoch (spelling as is)
  LastMechansimStepBlock: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // owner coldkey
  SubnetOwner: map({
    keys: [["Identity", u16]],
    value: accountId,
    default: "0x0000000000000000000000000000000000000000000000000000000000000000",
  }),
  // owner hotkey (uid 0 of a new subnet)
  SubnetOwnerHotkey: map({
    keys: [["Identity", u16]],
    value: accountId,
    default: "0x0000000000000000000000000000000000000000000000000000000000000000",
  }),
  // fate of miner emission to owner keys
  RecycleOrBurn: map({ keys: [["Identity", u16]], value: recycleOrBurn, default: { type: "Burn", value: undefined } }),
  // blocks
  ServingRateLimit: map({ keys: [["Identity", u16]], value: u64, default: 50n }),
  Rho: map({ keys: [["Identity", u16]], value: u16, default: 10 }),
  AlphaSigmoidSteepness: map({ keys: [["Identity", u16]], value: i16, default: 1000 }),
  Kappa: map({ keys: [["Identity", u16]], value: u16, default: 32_767 }),
  // root
  RegistrationsThisInterval: map({ keys: [["Identity", u16]], value: u16, default: 0 }),
  // legacy
  POWRegistrationsThisInterval: map({ keys: [["Identity", u16]], value: u16, default: 0 }),
  // legacy
  BurnRegistrationsThisInterval: map({ keys: [["Identity", u16]], value: u16, default: 0 }),
  MinAllowedUids: map({ keys: [["Identity", u16]], value: u16, default: 64 }),
  MaxAllowedUids: map({ keys: [["Identity", u16]], value: u16, default: 256 }),
  // blocks
  ImmunityPeriod: map({ keys: [["Identity", u16]], value: u16, default: 4096 }),
  // legacy, not used by epoch
  ActivityCutoff: map({ keys: [["Identity", u16]], value: u16, default: 5000 }),
  // no setter; constant
  MaxWeightsLimit: map({ keys: [["Identity", u16]], value: u16, default: 65_535 }),
  WeightsVersionKey: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  MinAllowedWeights: map({ keys: [["Identity", u16]], value: u16, default: 1024 }),
  // permits
  MaxAllowedValidators: map({ keys: [["Identity", u16]], value: u16, default: 128 }),
  // no effect now
  AdjustmentInterval: map({ keys: [["Identity", u16]], value: u16, default: 100 }),
  // per million
  BondsMovingAverage: map({ keys: [["Identity", u16]], value: u64, default: 900_000n }),
  BondsPenalty: map({ keys: [["Identity", u16]], value: u16, default: 65_535 }),
  BondsResetOn: map({ keys: [["Identity", u16]], value: bool, default: false }),
  // blocks
  WeightsSetRateLimit: map({ keys: [["Identity", u16]], value: u64, default: 100n }),
  // legacy
  ValidatorPruneLen: map({ keys: [["Identity", u16]], value: u64, default: 1n }),
  // legacy
  ScalingLawPower: map({ keys: [["Identity", u16]], value: u16, default: 50 }),
  // root only effect
  TargetRegistrationsPerInterval: map({ keys: [["Identity", u16]], value: u16, default: 2 }),
  // no effect now
  AdjustmentAlpha: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  CommitRevealWeightsEnabled: map({ keys: [["Identity", u16]], value: bool, default: true }),
  // current registration price
  Burn: map({ keys: [["Identity", u16]], value: u64, default: 100_000_000n }),
  // PoW disabled
  Difficulty: map({ keys: [["Identity", u16]], value: u64, default: 10_000_000n }),
  MinBurn: map({ keys: [["Identity", u16]], value: u64, default: 500_000n }),
  MaxBurn: map({ keys: [["Identity", u16]], value: u64, default: 100_000_000_000n }),
  MinDifficulty: map({ keys: [["Identity", u16]], value: u64, default: 10_000_000n }),
  MaxDifficulty: map({ keys: [["Identity", u16]], value: u64, default: 4_611_686_018_427_387_903n }),
  LastAdjustmentBlock: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  RegistrationsThisBlock: map({ keys: [["Identity", u16]], value: u16, default: 0 }),
  EMAPriceHalvingBlocks: map({ keys: [["Identity", u16]], value: u64, default: 201_600n }),
  // total paid for registrations
  RAORecycledForRegistration: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // epoch cap per block; fast build (2 on mainnet)
  MaxEpochsPerBlock: value({ value: u8, default: 32 }),
  // blocks (hotkey swap)
  TxRateLimit: value({ value: u64, default: 1000n }),
  TxDelegateTakeRateLimit: value({ value: u64, default: 216_000n }),
  // fast build (216000 on mainnet)
  TxChildkeyTakeRateLimit: value({ value: u64, default: 5n }),
  LiquidAlphaOn: map({ keys: [["Blake2_128Concat", u16]], value: bool, default: false }),
  Yuma3On: map({ keys: [["Blake2_128Concat", u16]], value: bool, default: false }),
  // (low, high)
  AlphaValues: map({
    keys: [["Identity", u16]],
    value: tuple(u16, u16),
    default: [45_875, 58_982] as [number, number],
  }),
  // staking/trading allowed (start_call)
  SubtokenEnabled: map({ keys: [["Identity", u16]], value: bool, default: false }),
  // EMA
  VotingPower: map({
    keys: [
      ["Identity", u16],
      ["Blake2_128Concat", accountId],
    ],
    value: u64,
    default: 0n,
  }),
  VotingPowerTrackingEnabled: map({ keys: [["Identity", u16]], value: bool, default: false }),
  VotingPowerDisableAtBlock: map({ keys: [["Identity", u16]], value: u64, default: 0n }),
  // 18 decimals
  VotingPowerEmaAlpha: map({ keys: [["Identity", u16]], value: u64, default: 3_570_000_000_000_000n }),
  // immortal owner uids
  ImmuneOwnerUidsLimit: map({ keys: [["Identity", u16]], value: u16, default: 1 }),
  // normalised stake, u16
  StakeWeight: map({ keys: [["Identity", u16]], value: vec(u16), default: [] }),
  // hotkey→uid
  Uids: map({
    keys: [
      ["Identity", u16],
      ["Blake2_128Concat", accountId],
    ],
    value: u16,
    optional: true,
  }),
  // uid→hotkey
  Keys: map({
    keys: [
      ["Identity", u16],
      ["Identity", u16],
    ],
    value: accountId,
    default: "0x0000000000000000000000000000000000000000000000000000000000000000",
  }),
  // legacy
  LoadedEmission: map({ keys: [["Identity", u16]], value: vec(tuple(accountId, u64, u64)), optional: true }),
  // last update within activity cutoff
  Active: map({ keys: [["Identity", u16]], value: vec(bool), default: [] }),
  // u16
  Consensus: map({ keys: [["Identity", u16]], value: vec(u16), default: [] }),
  // per mechanism
  Incentive: map({ keys: [["Identity", u16]], value: vec(u16), default: [] }),
  // u16
  Dividends: map({ keys: [["Identity", u16]], value: vec(u16), default: [] }),
  // alpha of the last epoch
  Emission: map({ keys: [["Identity", u16]], value: vec(u64), default: [] }),
  // block of last weights/commit (or registration); per mechanism
  LastUpdate: map({ keys: [["Identity", u16]], value: vec(u64), default: [] }),
  // u16
  ValidatorTrust: map({ keys: [["Identity", u16]], value: vec(u16), default: [] }),
  // set at each epoch
  ValidatorPermit: map({ keys: [["Identity", u16]], value: vec(bool), default: [] }),
  // (uid, weight) rows; per mechanism
  Weights: map({
    keys: [
      ["Identity", u16],
      ["Identity", u16],
    ],
    value: vec(tuple(u16, u16)),
    default: [],
  }),
  // (uid, bond) rows; per mechanism
  Bonds: map({
    keys: [
      ["Identity", u16],
      ["Identity", u16],
    ],
    value: vec(tuple(u16, u16)),
    default: [],
  }),
  // registration block per uid
  BlockAtRegistration: map({
    keys: [
      ["Identity", u16],
      ["Identity", u16],
    ],
    value: u64,
    default: 0n,
  }),
  // axon endpoint
  Axons: map({
    keys: [
      ["Identity", u16],
      ["Blake2_128Concat", accountId],
    ],
    value: axonInfo,
    optional: true,
  }),
  // TLS key
  NeuronCertificates: map({
    keys: [
      ["Identity", u16],
      ["Blake2_128Concat", accountId],
    ],
    value: neuronCertificate,
    optional: true,
  }),
  // prometheus endpoint
  Prometheus: map({
    keys: [
      ["Identity", u16],
      ["Blake2_128Concat", accountId],
    ],
    value: prometheusInfo,
    optional: true,
  }),
  // coldkey identity
  IdentitiesV2: map({ keys: [["Blake2_128Concat", accountId]], value: chainIdentityV2, optional: true }),
  // subnet identity
  SubnetIdentitiesV3: map({ keys: [["Blake2_128Concat", u16]], value: subnetIdentityV3, optional: true }),
  // 3rd key: 0 SetChildren,1 SetChildkeyTake,3 RegisterNetwork,4 SetWeightsVersionKey,7 MechanismCount,8 MechanismEmission,9 MaxUidsTrimming,10 AddStakeBurn,11 TempoUpdate
  TransactionKeyLastBlock: map({
    keys: [
      ["Blake2_128Concat", accountId],
      ["Identity", u16],
      ["Identity", u16],
    ],
    value: u64,
    default: 0n,
  }),
  // deprecated
  LastTxBlock: map({ keys: [["Identity", accountId]], value: u64, default: 0n }),
  // deprecated
  LastTxBlockChildKeyTake: map({ keys: [["Identity", accountId]], value: u64, default: 0n }),
  // deprecated
  LastTxBlockDelegateTake: map({ keys: [["Identity", accountId]], value: u64, default: 0n }),
  // min stake to set weights / be validator
  StakeThreshold: value({ value: u64, default: 0n }),
  // hash commits: (hash, commit_epoch, commit_block, 0); key (NetUidIdx, hotkey)
  WeightCommits: map({
    keys: [
      ["Twox64Concat", u16],
      ["Twox64Concat", accountId],
    ],
    value: vec(tuple(h256, u64, u64, u64)),
    optional: true,
  }),
  // key (NetUidIdx, epoch): (hotkey, commit_block, ciphertext, reveal_round)
  TimelockedWeightCommits: map({
    keys: [
      ["Twox64Concat", u16],
      ["Twox64Concat", u64],
    ],
    value: vec(tuple(accountId, u64, boundedBytes(5000), u64)),
    default: [],
  }),
  // deprecated, empty
  CRV3WeightCommits: map({
    keys: [
      ["Twox64Concat", u16],
      ["Twox64Concat", u64],
    ],
    value: vec(tuple(accountId, boundedBytes(5000), u64)),
    default: [],
  }),
  // deprecated, empty
  CRV3WeightCommitsV2: map({
    keys: [
      ["Twox64Concat", u16],
      ["Twox64Concat", u64],
    ],
    value: vec(tuple(accountId, u64, boundedBytes(5000), u64)),
    default: [],
  }),
  RevealPeriodEpochs: map({ keys: [["Twox64Concat", u16]], value: u64, default: 1n }),
  // key (coldkey, hotkey)
  LastColdkeyHotkeyStakeBlock: map({
    keys: [
      ["Twox64Concat", accountId],
      ["Twox64Concat", accountId],
    ],
    value: u64,
    optional: true,
  }),
  // min claim
  RootClaimableThreshold: map({
    keys: [["Blake2_128Concat", u16]],
    value: i96f32,
    default: { bits: 2_147_483_648_000_000n },
  }),
  // hotkey→{netuid: rate}
  RootClaimable: map({ keys: [["Blake2_128Concat", accountId]], value: btreeMap(u16, i96f32), default: [] }),
  // (netuid, hot, cold)
  RootClaimed: map({
    keys: [
      ["Identity", u16],
      ["Blake2_128Concat", accountId],
      ["Blake2_128Concat", accountId],
    ],
    value: u128,
    default: 0n,
  }),
  // coldkey
  RootClaimType: map({
    keys: [["Blake2_128Concat", accountId]],
    value: rootClaimType,
    default: { type: "Swap", value: undefined },
  }),
  StakingColdkeysByIndex: map({ keys: [["Identity", u64]], value: accountId, optional: true }),
  StakingColdkeys: map({ keys: [["Identity", accountId]], value: u64, optional: true }),
  NumStakingColdkeys: value({ value: u64, default: 0n }),
  // auto-claims per block
  NumRootClaim: value({ value: u64, default: 5n }),
  // (uid) EVM address, block proved
  AssociatedEvmAddress: map({
    keys: [
      ["Twox64Concat", u16],
      ["Twox64Concat", u16],
    ],
    value: tuple(h160, u64),
    optional: true,
  }),
  // lease
  SubnetLeases: map({ keys: [["Twox64Concat", u32]], value: subnetLease, optional: true }),
  // contributor share
  SubnetLeaseShares: map({
    keys: [
      ["Twox64Concat", u32],
      ["Identity", accountId],
    ],
    value: u64f64,
    default: { bits: 0n },
  }),
  // lease of netuid
  SubnetUidToLeaseId: map({ keys: [["Twox64Concat", u16]], value: u32, optional: true }),
  NextSubnetLeaseId: value({ value: u32, default: 0 }),
  AccumulatedLeaseDividends: map({ keys: [["Twox64Concat", u32]], value: u64, default: 0n }),
  // required version
  CommitRevealWeightsVersion: value({ value: u16, default: 4 }),
  NetworkRegistrationStartBlock: value({ value: u64, default: 0n }),
  TaoInRefundDeploymentBlock: value({ value: u64, default: 0n }),
  // pruning floor
  MinNonImmuneUids: map({ keys: [["Identity", u16]], value: u16, default: 10 }),
  MaxMechanismCount: value({ value: u8, default: 2 }),
  // number of mechanisms
  MechanismCountCurrent: map({ keys: [["Twox64Concat", u16]], value: u8, default: 1 }),
  // u16 split, sum 65535; None = even
  MechanismEmissionSplit: map({ keys: [["Twox64Concat", u16]], value: vec(u16), optional: true }),
  // blocks
  BurnHalfLife: map({ keys: [["Identity", u16]], value: u16, default: 360 }),
  BurnIncreaseMult: map({ keys: [["Identity", u16]], value: u64f64, default: { bits: 23_242_897_532_874_035_200n } }),
  AutoParentDelegationEnabled: map({ keys: [["Blake2_128Concat", accountId]], value: bool, default: true }),
  // migration flags
  HasMigrationRun: map({ keys: [["Identity", bytes]], value: bool, default: false }),
  // blocks; fast build (7200 on mainnet)
  PendingChildKeyCooldown: value({ value: u64, default: 15n }),
};
