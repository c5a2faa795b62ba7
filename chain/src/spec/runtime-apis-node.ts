/** Types of the runtime APIs that a node's own parts ask: block building, keys, genesis, consensus. Source: spec/subtensor-interface.md 4.1 and the metadata of spec 424. */
import { bytes, fixedBytes, text } from "./scale/byte-strings.ts";
import { bool, u64 } from "./scale/numbers.ts";
import type { ScaleType } from "./scale/scale-type.ts";
import { btreeMap, vec } from "./scale/sequences.ts";
import { newtype, struct, tuple, unit } from "./scale/structs.ts";
import { option, result, variant } from "./scale/variants.ts";
import { dispatchResult, header, transactionValidityError } from "./types.ts";

/** Which extrinsics the block being made may hold. */
export const inclusionMode = variant("sp_runtime::ExtrinsicInclusionMode", {
  AllExtrinsics: undefined,
  OnlyInherents: undefined,
});

/** A block whose extrinsics are of the given type. */
export const blockOf = (extrinsic: ScaleType<Uint8Array>) =>
  struct("sp_runtime::generic::block::Block", { header, extrinsics: vec(extrinsic) }, [
    { name: "Header", type: header },
    { name: "Extrinsic", type: extrinsic },
  ]);

/** What an author knows of a block before it is made, by eight letters. */
export const inherentData = struct("sp_inherents::InherentData", { data: btreeMap(fixedBytes(8), bytes) });
/** Whether a block's inherents agree with what is known. */
export const checkInherentsResult = struct("sp_inherents::CheckInherentsResult", {
  okay: bool,
  fatal_error: bool,
  errors: inherentData,
});

/** Whether an extrinsic may be in a block, and if so what its call came to. */
export const applyExtrinsicResult = result(dispatchResult, transactionValidityError);

/** Why a genesis is refused, in words. */
export const buildStateResult = result(unit, text);

/** Public keys with the four letters of what they are for. */
export const sessionKeyList = option(vec(tuple(bytes, newtype("sp_core::crypto::KeyTypeId", fixedBytes(4)))));

/** A proof that is bytes to everyone but its maker. */
export const opaqueValue = newtype("sp_runtime::OpaqueValue", bytes);

/** An Aura or BABE slot. */
export const slot = newtype("sp_consensus_slots::Slot", u64);

/** A BABE authority's public key. */
export const babeId = newtype("sp_consensus_babe::app::Public", fixedBytes(32));
const allowedSlots = variant("sp_consensus_babe::AllowedSlots", {
  PrimarySlots: undefined,
  PrimaryAndSecondaryPlainSlots: undefined,
  PrimaryAndSecondaryVRFSlots: undefined,
});
const ratio = tuple(u64, u64);
const babeAuthorities = vec(tuple(babeId, u64));
export const babeConfiguration = struct("sp_consensus_babe::BabeConfiguration", {
  slot_duration: u64,
  epoch_length: u64,
  c: ratio,
  authorities: babeAuthorities,
  randomness: fixedBytes(32),
  allowed_slots: allowedSlots,
});
export const babeEpoch = struct("sp_consensus_babe::Epoch", {
  epoch_index: u64,
  start_slot: slot,
  duration: u64,
  authorities: babeAuthorities,
  randomness: fixedBytes(32),
  config: struct("sp_consensus_babe::BabeEpochConfiguration", { c: ratio, allowed_slots: allowedSlots }),
});
export const babeOwnershipProof = newtype("sp_consensus_babe::OpaqueKeyOwnershipProof", bytes);
export const babeEquivocationProof = struct(
  "sp_consensus_slots::EquivocationProof",
  { offender: babeId, slot, first_header: header, second_header: header },
  [
    { name: "Header", type: header },
    { name: "Id", type: babeId },
  ],
);
