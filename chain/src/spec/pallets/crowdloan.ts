/** Crowdloan (27): many pay for one call. Source: spec/subtensor-interface.md 2.5, 3.7 and the metadata of spec 424. */
import { runtimeCall } from "../call-type.ts";
import { constant, definePallet, map, value } from "../define.ts";
import { accountId } from "../scale/accounts.ts";
import { bool, compact, u32, u64 } from "../scale/numbers.ts";
import { boundedBytes } from "../scale/sequences.ts";
import { struct } from "../scale/structs.ts";
import { option } from "../scale/variants.ts";
import { boundedCall } from "./bounded-call.ts";
import { palletId } from "./subtensor-module-types.ts";

const call = runtimeCall();

const crowdloanInfo = struct("pallet_crowdloan::CrowdloanInfo", {
  creator: accountId,
  deposit: u64,
  min_contribution: u64,
  end: u32,
  cap: u64,
  funds_account: accountId,
  raised: u64,
  target_address: option(accountId),
  call: option(boundedCall),
  finalized: bool,
  contributors_count: u32,
});

export const crowdloan = definePallet({
  name: "Crowdloan",
  index: 27,
  storage: {
    Crowdloans: map({ keys: [["Twox64Concat", u32]], value: crowdloanInfo, optional: true }),
    NextCrowdloanId: value({ value: u32, default: 0 }),
    Contributions: map({
      keys: [
        ["Twox64Concat", u32],
        ["Identity", accountId],
      ],
      value: u64,
      optional: true,
    }),
    MaxContributions: map({ keys: [["Twox64Concat", u32]], value: u64, optional: true }),
    CurrentCrowdloanId: value({ value: u32, optional: true }),
    HasMigrationRun: map({ keys: [["Identity", boundedBytes(128)]], value: bool, default: false }),
  },
  calls: {
    create: {
      index: 0,
      args: {
        deposit: compact(u64),
        min_contribution: compact(u64),
        cap: compact(u64),
        end: compact(u32),
        call: option(call),
        target_address: option(accountId),
      },
    },
    contribute: { index: 1, args: { crowdloan_id: compact(u32), amount: compact(u64) } },
    withdraw: { index: 2, args: { crowdloan_id: compact(u32) } },
    finalize: { index: 3, args: { crowdloan_id: compact(u32) } },
    refund: { index: 4, args: { crowdloan_id: compact(u32) } },
    dissolve: { index: 5, args: { crowdloan_id: compact(u32) } },
    update_min_contribution: { index: 6, args: { crowdloan_id: compact(u32), new_min_contribution: compact(u64) } },
    update_end: { index: 7, args: { crowdloan_id: compact(u32), new_end: compact(u32) } },
    update_cap: { index: 8, args: { crowdloan_id: compact(u32), new_cap: compact(u64) } },
    set_max_contribution: { index: 9, args: { crowdloan_id: compact(u32), new_max_contribution: option(u64) } },
  },
  events: {
    Created: { index: 0, fields: { crowdloan_id: u32, creator: accountId, end: u32, cap: u64 } },
    Contributed: { index: 1, fields: { crowdloan_id: u32, contributor: accountId, amount: u64 } },
    Withdrew: { index: 2, fields: { crowdloan_id: u32, contributor: accountId, amount: u64 } },
    PartiallyRefunded: { index: 3, fields: { crowdloan_id: u32 } },
    AllRefunded: { index: 4, fields: { crowdloan_id: u32 } },
    Finalized: { index: 5, fields: { crowdloan_id: u32 } },
    Dissolved: { index: 6, fields: { crowdloan_id: u32 } },
    MinContributionUpdated: { index: 7, fields: { crowdloan_id: u32, new_min_contribution: u64 } },
    EndUpdated: { index: 8, fields: { crowdloan_id: u32, new_end: u32 } },
    CapUpdated: { index: 9, fields: { crowdloan_id: u32, new_cap: u64 } },
    MaxContributionUpdated: { index: 10, fields: { crowdloan_id: u32, new_max_contribution: option(u64) } },
  },
  errors: [
    "DepositTooLow",
    "CapTooLow",
    "MinimumContributionTooLow",
    "CannotEndInPast",
    "BlockDurationTooShort",
    "BlockDurationTooLong",
    "InsufficientBalance",
    "Overflow",
    "InvalidCrowdloanId",
    "CapRaised",
    "ContributionPeriodEnded",
    "ContributionTooLow",
    "InvalidOrigin",
    "AlreadyFinalized",
    "ContributionPeriodNotEnded",
    "NoContribution",
    "CapNotRaised",
    "Underflow",
    "CallUnavailable",
    "NotReadyToDissolve",
    "DepositCannotBeWithdrawn",
    "MaxContributorsReached",
    "InvalidFinalizationConfig",
    "MaxContributionReached",
    "MaximumContributionTooLow",
    "MinimumContributionTooHigh",
  ],
  constants: {
    PalletId: constant(palletId, new TextEncoder().encode("bt/cloan")),
    MinimumDeposit: constant(u64, 10_000_000_000n),
    AbsoluteMinimumContribution: constant(u64, 100_000_000n),
    MinimumBlockDuration: constant(u32, 50),
    // fast build (50,400 and 432,000 on mainnet)
    MaximumBlockDuration: constant(u32, 20_000),
    RefundContributorsLimit: constant(u32, 50),
    MaxContributors: constant(u32, 500),
  },
});
