/** Balances (5): TAO in rao. Source: spec/subtensor-interface.md 1.1, 2.5, 3.7 and the metadata of spec 424. */
import { constant, definePallet, map, value } from "../define.ts";
import { accountId, multiAddress } from "../scale/accounts.ts";
import { fixedBytes } from "../scale/byte-strings.ts";
import { bool, compact, u32, u64 } from "../scale/numbers.ts";
import type { ScaleType } from "../scale/scale-type.ts";
import { boundedVec, vec } from "../scale/sequences.ts";
import { struct } from "../scale/structs.ts";
import { variant } from "../scale/variants.ts";
import { accountData } from "../types.ts";

/** An account below this many rao is removed. */
export const EXISTENTIAL_DEPOSIT = 500n;

const reasons = variant("pallet_balances::types::Reasons", { Fee: undefined, Misc: undefined, All: undefined });
const balanceLock = struct("pallet_balances::types::BalanceLock", { id: fixedBytes(8), amount: u64, reasons });
const reserveData = struct("pallet_balances::types::ReserveData", { id: fixedBytes(8), amount: u64 });
const balanceStatus = variant("frame_support::traits::tokens::misc::BalanceStatus", {
  Free: undefined,
  Reserved: undefined,
});
const direction = variant("pallet_balances::types::AdjustmentDirection", { Increase: undefined, Decrease: undefined });
/** Why rao of an account are held. */
export const holdReason = variant("node_subtensor_runtime::RuntimeHoldReason", {
  Preimage: { index: 14, type: variant("pallet_preimage::pallet::HoldReason", { Preimage: undefined }) },
  SafeMode: { index: 20, type: variant("pallet_safe_mode::pallet::HoldReason", { EnterOrExtend: undefined }) },
  Contracts: {
    index: 29,
    type: variant("pallet_contracts::pallet::HoldReason", {
      CodeUploadDepositReserve: undefined,
      StorageDepositReserve: undefined,
    }),
  },
});
const idAmount = <T>(id: ScaleType<T>) =>
  struct("frame_support::traits::tokens::misc::IdAmount", { id, amount: u64 }, [
    { name: "Id", type: id },
    { name: "Balance", type: u64 },
  ]);
const held = idAmount(holdReason);
const freezeReason = variant("node_subtensor_runtime::RuntimeFreezeReason", {});
const frozen = idAmount(freezeReason);
const noData = { free: 0n, reserved: 0n, frozen: 0n, flags: 1n << 127n };
const who = { who: accountId };
const whoAmount = { who: accountId, amount: u64 };

export const balances = definePallet({
  name: "Balances",
  index: 5,
  storage: {
    TotalIssuance: value({ value: u64, default: 0n }),
    InactiveIssuance: value({ value: u64, default: 0n }),
    Account: map({ keys: [["Blake2_128Concat", accountId]], value: accountData, default: noData }),
    Locks: map({
      keys: [["Blake2_128Concat", accountId]],
      value: boundedVec(balanceLock, 50, "bounded_collections::weak_bounded_vec::WeakBoundedVec"),
      default: [],
    }),
    Reserves: map({ keys: [["Blake2_128Concat", accountId]], value: boundedVec(reserveData, 50), default: [] }),
    Holds: map({ keys: [["Blake2_128Concat", accountId]], value: boundedVec(held, 4), default: [] }),
    Freezes: map({ keys: [["Blake2_128Concat", accountId]], value: boundedVec(frozen, 50), default: [] }),
  },
  calls: {
    transfer_allow_death: { index: 0, args: { dest: multiAddress, value: compact(u64) } },
    force_transfer: { index: 2, args: { source: multiAddress, dest: multiAddress, value: compact(u64) } },
    transfer_keep_alive: { index: 3, args: { dest: multiAddress, value: compact(u64) } },
    transfer_all: { index: 4, args: { dest: multiAddress, keep_alive: bool } },
    force_unreserve: { index: 5, args: { who: multiAddress, amount: u64 } },
    upgrade_accounts: { index: 6, args: { who: vec(accountId) } },
    force_set_balance: { index: 8, args: { who: multiAddress, new_free: compact(u64) } },
    force_adjust_total_issuance: { index: 9, args: { direction, delta: compact(u64) } },
    burn: { index: 10, args: { value: compact(u64), keep_alive: bool } },
  },
  events: {
    Endowed: { index: 0, fields: { account: accountId, free_balance: u64 } },
    DustLost: { index: 1, fields: { account: accountId, amount: u64 } },
    Transfer: { index: 2, fields: { from: accountId, to: accountId, amount: u64 } },
    BalanceSet: { index: 3, fields: { who: accountId, free: u64 } },
    Reserved: { index: 4, fields: whoAmount },
    Unreserved: { index: 5, fields: whoAmount },
    ReserveRepatriated: {
      index: 6,
      fields: { from: accountId, to: accountId, amount: u64, destination_status: balanceStatus },
    },
    Deposit: { index: 7, fields: whoAmount },
    Withdraw: { index: 8, fields: whoAmount },
    Slashed: { index: 9, fields: whoAmount },
    Minted: { index: 10, fields: whoAmount },
    Burned: { index: 11, fields: whoAmount },
    Suspended: { index: 12, fields: whoAmount },
    Restored: { index: 13, fields: whoAmount },
    Upgraded: { index: 14, fields: who },
    Issued: { index: 15, fields: { amount: u64 } },
    Rescinded: { index: 16, fields: { amount: u64 } },
    Locked: { index: 17, fields: whoAmount },
    Unlocked: { index: 18, fields: whoAmount },
    Frozen: { index: 19, fields: whoAmount },
    Thawed: { index: 20, fields: whoAmount },
    TotalIssuanceForced: { index: 21, fields: { old: u64, new: u64 } },
  },
  errors: [
    "VestingBalance",
    "LiquidityRestrictions",
    "InsufficientBalance",
    "ExistentialDeposit",
    "Expendability",
    "ExistingVestingSchedule",
    "DeadAccount",
    "TooManyReserves",
    "TooManyHolds",
    "TooManyFreezes",
    "IssuanceDeactivated",
    "DeltaZero",
  ],
  constants: {
    ExistentialDeposit: constant(u64, EXISTENTIAL_DEPOSIT),
    MaxLocks: constant(u32, 50),
    MaxReserves: constant(u32, 50),
    MaxFreezes: constant(u32, 50),
  },
});
