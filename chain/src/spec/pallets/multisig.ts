/** Multisig (13): accounts that several signers control together. Source: spec/subtensor-interface.md 2.5, 3.7 and the metadata of spec 424. */
import { runtimeCall } from "../call-type.ts";
import { constant, definePallet, map } from "../define.ts";
import { accountId } from "../scale/accounts.ts";
import { fixedBytes } from "../scale/byte-strings.ts";
import { u16, u32, u64 } from "../scale/numbers.ts";
import { boundedVec, vec } from "../scale/sequences.ts";
import { struct } from "../scale/structs.ts";
import { option } from "../scale/variants.ts";
import { dispatchResult, weight } from "../types.ts";

const call = runtimeCall();

const timepoint = struct("pallet_multisig::Timepoint", { height: u32, index: u32 });
const openMultisig = struct("pallet_multisig::Multisig", {
  when: timepoint,
  deposit: u64,
  depositor: accountId,
  approvals: boundedVec(accountId, 100),
});

export const multisig = definePallet({
  name: "Multisig",
  index: 13,
  storage: {
    Multisigs: map({
      keys: [
        ["Twox64Concat", accountId],
        ["Blake2_128Concat", fixedBytes(32)],
      ],
      value: openMultisig,
      optional: true,
    }),
  },
  calls: {
    as_multi_threshold_1: { index: 0, args: { other_signatories: vec(accountId), call } },
    as_multi: {
      index: 1,
      args: {
        threshold: u16,
        other_signatories: vec(accountId),
        maybe_timepoint: option(timepoint),
        call,
        max_weight: weight,
      },
    },
    approve_as_multi: {
      index: 2,
      args: {
        threshold: u16,
        other_signatories: vec(accountId),
        maybe_timepoint: option(timepoint),
        call_hash: fixedBytes(32),
        max_weight: weight,
      },
    },
    cancel_as_multi: {
      index: 3,
      args: { threshold: u16, other_signatories: vec(accountId), timepoint, call_hash: fixedBytes(32) },
    },
    poke_deposit: { index: 4, args: { threshold: u16, other_signatories: vec(accountId), call_hash: fixedBytes(32) } },
  },
  events: {
    NewMultisig: { index: 0, fields: { approving: accountId, multisig: accountId, call_hash: fixedBytes(32) } },
    MultisigApproval: {
      index: 1,
      fields: { approving: accountId, timepoint, multisig: accountId, call_hash: fixedBytes(32) },
    },
    MultisigExecuted: {
      index: 2,
      fields: {
        approving: accountId,
        timepoint,
        multisig: accountId,
        call_hash: fixedBytes(32),
        result: dispatchResult,
      },
    },
    MultisigCancelled: {
      index: 3,
      fields: { cancelling: accountId, timepoint, multisig: accountId, call_hash: fixedBytes(32) },
    },
    DepositPoked: {
      index: 4,
      fields: { who: accountId, call_hash: fixedBytes(32), old_deposit: u64, new_deposit: u64 },
    },
  },
  errors: [
    "MinimumThreshold",
    "AlreadyApproved",
    "NoApprovalsNeeded",
    "TooFewSignatories",
    "TooManySignatories",
    "SignatoriesOutOfOrder",
    "SenderInSignatories",
    "NotFound",
    "NotOwner",
    "NoTimepoint",
    "WrongTimepoint",
    "UnexpectedTimepoint",
    "MaxWeightTooLow",
    "AlreadyStored",
  ],
  constants: {
    DepositBase: constant(u64, 132_000_000n),
    DepositFactor: constant(u64, 32_000_000n),
    MaxSignatories: constant(u32, 100),
  },
});
