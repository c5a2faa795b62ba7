/**
 * Grandpa (4): finality bookkeeping. This chain finalises without votes. The equivocation reports (calls 0 and 1) take a proof of a type
 * that has no values, so nobody can write one down: here as on the real chain they are in metadata and never decode.
 */
import { constant, definePallet, map, value } from "../define.ts";
import { h256 } from "../scale/accounts.ts";
import { fixedBytes } from "../scale/byte-strings.ts";
import { u32, u64 } from "../scale/numbers.ts";
import { boundedVec, vec } from "../scale/sequences.ts";
import { newtype, struct, tuple } from "../scale/structs.ts";
import { option, variant } from "../scale/variants.ts";

/** A voter's ed25519 public key. */
export const grandpaId = newtype("sp_consensus_grandpa::app::Public", fixedBytes(32));
const signature = newtype("sp_consensus_grandpa::app::Signature", fixedBytes(64));
/** Two votes of one voter in one round. */
const equivocation = (name: string) => {
  const vote = struct(`finality_grandpa::${name}`, { target_hash: h256, target_number: u32 });
  return struct(
    "finality_grandpa::Equivocation",
    { round_number: u64, identity: grandpaId, first: tuple(vote, signature), second: tuple(vote, signature) },
    [
      { name: "Id", type: grandpaId },
      { name: "V", type: vote },
      { name: "S", type: signature },
    ],
  );
};
/** That a voter voted twice. */
export const grandpaEquivocationProof = struct("sp_consensus_grandpa::EquivocationProof", {
  set_id: u64,
  equivocation: variant("sp_consensus_grandpa::Equivocation", {
    Prevote: equivocation("Prevote"),
    Precommit: equivocation("Precommit"),
  }),
});
/** The type without values. */
const nothing = variant("sp_core::Void", {});
const report = { equivocation_proof: grandpaEquivocationProof, key_owner_proof: nothing };

const schedule = struct("", { scheduled_at: u32, delay: u32 });
const storedState = variant("pallet_grandpa::StoredState", {
  Live: undefined,
  PendingPause: schedule,
  Paused: undefined,
  PendingResume: schedule,
});
/** Voters with their weights. */
export const authorityList = boundedVec(
  tuple(grandpaId, u64),
  32,
  "bounded_collections::weak_bounded_vec::WeakBoundedVec",
);

export const grandpa = definePallet({
  name: "Grandpa",
  index: 4,
  storage: {
    State: value({ value: storedState, default: { type: "Live" } }),
    PendingChange: value({
      value: struct("pallet_grandpa::StoredPendingChange", {
        scheduled_at: u32,
        delay: u32,
        next_authorities: authorityList,
        forced: option(u32),
      }),
      optional: true,
    }),
    NextForced: value({ value: u32, optional: true }),
    Stalled: value({ value: tuple(u32, u32), optional: true }),
    CurrentSetId: value({ value: u64, default: 0n }),
    SetIdSession: map({ keys: [["Twox64Concat", u64]], value: u32, optional: true }),
    Authorities: value({ value: authorityList, default: [] }),
  },
  calls: {
    report_equivocation: { index: 0, args: report },
    report_equivocation_unsigned: { index: 1, args: report },
    note_stalled: { index: 2, args: { delay: u32, best_finalized_block_number: u32 } },
  },
  events: {
    NewAuthorities: { index: 0, fields: { authority_set: vec(tuple(grandpaId, u64)) } },
    Paused: { index: 1 },
    Resumed: { index: 2 },
  },
  errors: [
    "PauseFailed",
    "ResumeFailed",
    "ChangePending",
    "TooSoon",
    "InvalidKeyOwnershipProof",
    "InvalidEquivocationProof",
    "DuplicateOffenceReport",
  ],
  constants: {
    MaxAuthorities: constant(u32, 32),
    MaxNominators: constant(u32, 20),
    MaxSetIdSessionEntries: constant(u64, 0n),
  },
});
