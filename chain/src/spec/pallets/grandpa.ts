/**
 * Grandpa (4): finality bookkeeping. This chain finalises at once, so only the tables clients read are here; the equivocation reports
 * (calls 0 and 1) are not, since nobody can make one.
 */
import { constant, definePallet, map, value } from "../define.ts";
import { fixedBytes } from "../scale/byte-strings.ts";
import { u32, u64 } from "../scale/numbers.ts";
import { boundedVec, vec } from "../scale/sequences.ts";
import { newtype, struct, tuple } from "../scale/structs.ts";
import { option, variant } from "../scale/variants.ts";

const grandpaId = newtype("sp_consensus_grandpa::app::Public", fixedBytes(32));
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
  calls: { note_stalled: { index: 2, args: { delay: u32, best_finalized_block_number: u32 } } },
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
