/** SafeMode (20): the emergency brake, not configured. Source: spec/subtensor-interface.md 2.5, 3.7 and the metadata of spec 424. */
import { constant, definePallet, map, value } from "../define.ts";
import { accountId } from "../scale/accounts.ts";
import { u32, u64 } from "../scale/numbers.ts";
import { option, variant } from "../scale/variants.ts";

const exitReason = variant("pallet_safe_mode::pallet::ExitReason", { Timeout: undefined, Force: undefined });

export const safeMode = definePallet({
  name: "SafeMode",
  index: 20,
  storage: {
    EnteredUntil: value({ value: u32, optional: true }),
    Deposits: map({
      keys: [
        ["Twox64Concat", accountId],
        ["Twox64Concat", u32],
      ],
      value: u64,
      optional: true,
    }),
  },
  calls: {
    enter: { index: 0, args: {} },
    force_enter: { index: 1, args: {} },
    extend: { index: 2, args: {} },
    force_extend: { index: 3, args: {} },
    force_exit: { index: 4, args: {} },
    force_slash_deposit: { index: 5, args: { account: accountId, block: u32 } },
    release_deposit: { index: 6, args: { account: accountId, block: u32 } },
    force_release_deposit: { index: 7, args: { account: accountId, block: u32 } },
  },
  events: {
    Entered: { index: 0, fields: { until: u32 } },
    Extended: { index: 1, fields: { until: u32 } },
    Exited: { index: 2, fields: { reason: exitReason } },
    DepositPlaced: { index: 3, fields: { account: accountId, amount: u64 } },
    DepositReleased: { index: 4, fields: { account: accountId, amount: u64 } },
    DepositSlashed: { index: 5, fields: { account: accountId, amount: u64 } },
    CannotDeposit: { index: 6 },
    CannotRelease: { index: 7 },
  },
  errors: ["Entered", "Exited", "NotConfigured", "NoDeposit", "AlreadyDeposited", "CannotReleaseYet", "CurrencyError"],
  constants: {
    EnterDuration: constant(u32, 0),
    ExtendDuration: constant(u32, 0),
    EnterDepositAmount: constant(option(u64), undefined),
    ExtendDepositAmount: constant(option(u64), undefined),
    ReleaseDelay: constant(option(u32), undefined),
  },
});
