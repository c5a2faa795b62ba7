/**
 * Which storage of a network a snapshot of some subnets needs, item by item. A test holds the lists against the chain's tables, so that a new item is
 * either read or left out for a reason.
 */
import type { subtensorModule } from "../spec/pallets/subtensor-module.ts";

/** An item of SubtensorModule. */
export type SubtensorItem = keyof typeof subtensorModule.storage;

/** Read once per hotkey: key (hotkey). */
export const HOTKEY_ITEMS = [
  "Owner",
  "Delegates",
  "RootClaimable",
  "AutoParentDelegationEnabled",
  "AccountFlags",
] as const satisfies readonly SubtensorItem[];

/** Read per hotkey and netuid: keys (hotkey, netuid). */
export const HOTKEY_NETUID_ITEMS = [
  "ChildkeyTake",
  "ChildKeys",
  "ParentKeys",
  "LastHotkeyEmissionOnNetuid",
  "AutoStakeDestinationColdkeys",
  "TotalHotkeyAlpha",
  "TotalHotkeyAlphaLastEpoch",
  "TotalHotkeyShares",
  "TotalHotkeySharesV2",
  "IsNetworkMember",
] as const satisfies readonly SubtensorItem[];

/** Walked per hotkey: keys (hotkey, coldkey, netuid). Those of other subnets are passed over. */
export const STAKE_ITEMS = ["Alpha", "AlphaV2"] as const satisfies readonly SubtensorItem[];

/** Read per coldkey: key (coldkey). */
export const COLDKEY_ITEMS = [
  "StakingHotkeys",
  "OwnedHotkeys",
  "RootClaimType",
  "StakingColdkeys",
  "IdentitiesV2",
  "ColdkeySwapAnnouncements",
  "ColdkeySwapDisputes",
] as const satisfies readonly SubtensorItem[];

/** Read per coldkey and netuid: keys (coldkey, netuid). */
export const COLDKEY_NETUID_ITEMS = [
  "AutoStakeDestination",
  "DecayingLock",
] as const satisfies readonly SubtensorItem[];

/** Items of SubtensorModule that are not read, and why. Plain values and maps keyed by netuid or mechanism first are all read. */
export const LEFT_OUT: { readonly [N in SubtensorItem]?: string } = {
  UsedWork: "proof of work is gone",
  LastTxBlock: "deprecated",
  LastTxBlockChildKeyTake: "deprecated",
  LastTxBlockDelegateTake: "deprecated",
  LastRateLimitedBlock: "limits of other accounts; those of the subnets themselves are read key by key",
  TransactionKeyLastBlock: "limits start anew",
  LastColdkeyHotkeyStakeBlock: "read by no rule",
  StakingColdkeysByIndex: "read key by key for the coldkeys there are",
  Lock: "read key by key, by its reverse index",
  SubnetLeases: "leases hang on accounts and proxies outside",
  SubnetLeaseShares: "as SubnetLeases",
  AccumulatedLeaseDividends: "as SubnetLeases",
  HasMigrationRun: "this chain runs no migrations",
};

/** Other pallets whose plain values and maps keyed by netuid are read. */
export const OTHER_PALLETS = ["Swap", "Commitments"] as const;

/** Plain values of other pallets. */
export const OTHER_VALUES = [
  ["Balances", "TotalIssuance"],
  ["Timestamp", "Now"],
  ["Drand", "BeaconConfig"],
  ["Drand", "LastStoredRound"],
  ["Drand", "OldestStoredRound"],
] as const;
