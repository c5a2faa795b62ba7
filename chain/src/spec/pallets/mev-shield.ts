/** MevShield (30): transactions encrypted to the next author. Source: spec/subtensor-interface.md 2.5, 3.7 and the metadata of spec 424. */
import { definePallet, map, value } from "../define.ts";
import { accountId, h256 } from "../scale/accounts.ts";
import { fixedBytes } from "../scale/byte-strings.ts";
import { bool, u32, u64 } from "../scale/numbers.ts";
import { boundedBytes } from "../scale/sequences.ts";
import { newtype, struct } from "../scale/structs.ts";
import { option } from "../scale/variants.ts";
import { dispatchError } from "../types.ts";

const auraPublic = newtype("sp_consensus_aura::sr25519::app_sr25519::Public", fixedBytes(32));
/** An ML-KEM-768 public key that transactions are sealed to. */
export const shieldKey = boundedBytes(2_048);
const pendingExtrinsic = struct("pallet_shield::pallet::PendingExtrinsic", {
  who: accountId,
  encrypted_call: boundedBytes(8_192),
  submitted_at: u32,
});

export const mevShield = definePallet({
  name: "MevShield",
  index: 30,
  crate: "pallet_shield",
  storage: {
    CurrentKey: value({ value: shieldKey, optional: true }),
    PendingKey: value({ value: shieldKey, optional: true }),
    NextKey: value({ value: shieldKey, optional: true }),
    AuthorKeys: map({ keys: [["Twox64Concat", auraPublic]], value: shieldKey, optional: true }),
    PendingKeyExpiresAt: value({ value: u32, optional: true }),
    NextKeyExpiresAt: value({ value: u32, optional: true }),
    HasMigrationRun: map({ keys: [["Identity", boundedBytes(128)]], value: bool, default: false }),
    MaxPendingExtrinsicsLimit: value({ value: u32, default: 100 }),
    ExtrinsicLifetime: value({ value: u32, default: 10 }),
    OnInitializeWeight: value({ value: u64, default: 500_000_000_000n }),
    MaxExtrinsicWeight: value({ value: u64, default: 50_000_000_000n }),
    PendingExtrinsics: map({ keys: [["Identity", u32]], value: pendingExtrinsic, optional: true }),
    CounterForPendingExtrinsics: value({ value: u32, default: 0 }),
    NextPendingExtrinsicIndex: value({ value: u32, default: 0 }),
  },
  calls: {
    announce_next_key: { index: 0, args: { enc_key: option(shieldKey) } },
    submit_encrypted: { index: 1, args: { ciphertext: boundedBytes(8_192) } },
    store_encrypted: { index: 2, args: { encrypted_call: boundedBytes(8_192) } },
    set_max_pending_extrinsics_number: { index: 3, args: { value: u32 } },
    set_on_initialize_weight: { index: 4, args: { value: u64 } },
    set_stored_extrinsic_lifetime: { index: 5, args: { value: u32 } },
    set_max_extrinsic_weight: { index: 6, args: { value: u64 } },
  },
  events: {
    EncryptedSubmitted: { index: 0, fields: { id: h256, who: accountId } },
    ExtrinsicStored: { index: 1, fields: { index: u32, who: accountId } },
    ExtrinsicDecodeFailed: { index: 2, fields: { index: u32 } },
    ExtrinsicDispatchFailed: { index: 3, fields: { index: u32, error: dispatchError } },
    ExtrinsicDispatched: { index: 4, fields: { index: u32 } },
    ExtrinsicExpired: { index: 5, fields: { index: u32 } },
    ExtrinsicPostponed: { index: 6, fields: { index: u32 } },
    MaxPendingExtrinsicsNumberSet: { index: 7, fields: { value: u32 } },
    OnInitializeWeightSet: { index: 8, fields: { value: u64 } },
    ExtrinsicLifetimeSet: { index: 9, fields: { value: u32 } },
    MaxExtrinsicWeightSet: { index: 10, fields: { value: u64 } },
    ExtrinsicWeightExceeded: { index: 11, fields: { index: u32 } },
  },
  errors: ["BadEncKeyLen", "Unreachable", "TooManyPendingExtrinsics", "WeightExceedsAbsoluteMax"],
});
