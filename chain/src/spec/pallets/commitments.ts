import { constant, definePallet, map, value } from "../define.ts";
import { accountId } from "../scale/accounts.ts";
import { bytes, fixedBytes } from "../scale/byte-strings.ts";
import { u16, u32, u64 } from "../scale/numbers.ts";
import type { AnyScale, ScaleType, ValueOf } from "../scale/scale-type.ts";
import { boundedBytes, boundedVec, btreeSet, vec } from "../scale/sequences.ts";
import { anonymous, struct, tuple } from "../scale/structs.ts";
import { variant } from "../scale/variants.ts";

/** One field of a commitment. `Raw0` to `Raw128` carry that many bytes. */
export type CommitmentData =
  | { readonly type: "None" | "ResetBondsFlag"; readonly value?: undefined }
  | {
      readonly type: `Raw${number}` | "BlakeTwo256" | "Sha256" | "Keccak256" | "ShaThree256" | "BigRaw";
      readonly value: Uint8Array;
    }
  | { readonly type: "TimelockEncrypted"; readonly value: { encrypted: Uint8Array; reveal_round: bigint } };

const raw: Record<string, AnyScale> = Object.fromEntries(
  Array.from({ length: 129 }, (_, length) => [`Raw${length}`, fixedBytes(length)]),
);

const data = variant("pallet_commitments::types::Data", {
  None: undefined,
  ...raw,
  BlakeTwo256: fixedBytes(32),
  Sha256: fixedBytes(32),
  Keccak256: fixedBytes(32),
  ShaThree256: fixedBytes(32),
  TimelockEncrypted: anonymous({ encrypted: boundedBytes(1024), reveal_round: u64 }),
  ResetBondsFlag: undefined,
  BigRaw: boundedBytes(512),
}) as unknown as ScaleType<CommitmentData>;

/** What a hotkey publishes on a subnet. The bound on the fields is checked in dispatch, where it has an error of its own. */
export const commitmentInfo = struct("pallet_commitments::types::CommitmentInfo", { fields: boundedVec(data, 3) });
/** Value of {@link commitmentInfo}. */
export type CommitmentInfo = ValueOf<typeof commitmentInfo>;

/** A stored commitment. */
export const registration = struct("pallet_commitments::types::Registration", {
  deposit: u64,
  block: u32,
  info: commitmentInfo,
});

const usageTracker = struct("pallet_commitments::types::UsageTracker", { last_epoch: u64, used_space: u64 });

/** Pallet 18: small public or timelocked notes of a neuron. Source: spec/subtensor-interface.md 2.5, 3.7 and 6.4. */
export const commitments = definePallet({
  name: "Commitments",
  index: 18,
  storage: {
    TimelockedIndex: value({ value: btreeSet(tuple(u16, accountId)), default: [] }),
    CommitmentOf: map({
      keys: [
        ["Identity", u16],
        ["Twox64Concat", accountId],
      ],
      value: registration,
      optional: true,
    }),
    LastCommitment: map({
      keys: [
        ["Identity", u16],
        ["Twox64Concat", accountId],
      ],
      value: u32,
      optional: true,
    }),
    LastBondsReset: map({
      keys: [
        ["Identity", u16],
        ["Twox64Concat", accountId],
      ],
      value: u32,
      optional: true,
    }),
    RevealedCommitments: map({
      keys: [
        ["Identity", u16],
        ["Twox64Concat", accountId],
      ],
      value: vec(tuple(bytes, u64)),
      optional: true,
    }),
    UsedSpaceOf: map({
      keys: [
        ["Identity", u16],
        ["Twox64Concat", accountId],
      ],
      value: usageTracker,
      optional: true,
    }),
    MaxSpace: value({ value: u32, default: 3100 }),
  },
  calls: {
    set_commitment: { index: 0, args: { netuid: u16, info: commitmentInfo } },
    set_max_space: { index: 2, args: { new_limit: u32 } },
  },
  events: {
    Commitment: { index: 0, fields: { netuid: u16, who: accountId } },
    TimelockCommitment: { index: 1, fields: { netuid: u16, who: accountId, reveal_round: u64 } },
    CommitmentRevealed: { index: 2, fields: { netuid: u16, who: accountId } },
  },
  errors: [
    "TooManyFieldsInCommitmentInfo",
    "AccountNotAllowedCommit",
    "SpaceLimitExceeded",
    "UnexpectedUnreserveLeftover",
  ],
  constants: {
    MaxFields: constant(u32, 3),
    InitialDeposit: constant(u64, 0n),
    FieldDeposit: constant(u64, 0n),
  },
});
