/**
 * MevShield: transactions encrypted to a coming author. The author of this chain announces no key, so none can be made for it, and the pool refuses
 * those made for others; root's settings are kept (spec/subtensor-interface.md 1.3, 1.5, 2.5).
 */
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import type { AnyItem, CallArgs } from "../../../spec/define.ts";
import { mevShield } from "../../../spec/pallets/mev-shield.ts";
import { accountId } from "../../../spec/scale/accounts.ts";
import { bytes } from "../../../spec/scale/byte-strings.ts";
import { tuple } from "../../../spec/scale/structs.ts";
import { customInvalid, type Ctx, defineRuntimePallet, ensureRoot, ensureSigned, moduleError } from "../pallet.ts";

const S = mevShield.storage;
/** Half of a block's weight: the most that hidden calls may take. */
const MAX_WEIGHT = 2_000_000_000_000n;
/** Parts of a ciphertext before its two messages, and the nonce between them, in bytes. */
const KEY_HASH_BYTES = 16;
const LENGTH_BYTES = 2;
const NONCE_BYTES = 24;

/** Pool refusals (spec/subtensor-interface.md 1.5). */
const UNPARSABLE = 23;
const UNKNOWN_KEY = 24;

const submission = tuple(accountId, bytes);

export const mevShieldPallet = defineRuntimePallet<typeof mevShield>({
  spec: mevShield,
  guard(_ctx, origin, call) {
    if (call.pallet !== mevShield.name || call.name !== "submit_encrypted" || origin.kind !== "signed")
      return undefined;
    const { ciphertext } = call.args as CallArgs<typeof mevShield, "submit_encrypted">;
    return customInvalid(isShielded(ciphertext) ? UNKNOWN_KEY : UNPARSABLE);
  },
  calls: {
    submit_encrypted: {
      pays: true,
      dispatch(ctx, origin, { ciphertext }) {
        const who = ensureSigned(origin);
        ctx.emit(mevShield, "EncryptedSubmitted", {
          id: bytesToHex(blake2b256(submission.enc([who, ciphertext]))),
          who,
        });
      },
    },
    set_max_pending_extrinsics_number: {
      pays: true,
      dispatch(ctx, origin, { value }) {
        set(ctx, origin, S.MaxPendingExtrinsicsLimit, value);
        ctx.emit(mevShield, "MaxPendingExtrinsicsNumberSet", { value });
      },
    },
    set_on_initialize_weight: {
      pays: true,
      dispatch(ctx, origin, { value }) {
        set(ctx, origin, S.OnInitializeWeight, value);
        ctx.emit(mevShield, "OnInitializeWeightSet", { value });
      },
    },
    set_stored_extrinsic_lifetime: {
      pays: true,
      dispatch(ctx, origin, { value }) {
        set(ctx, origin, S.ExtrinsicLifetime, value);
        ctx.emit(mevShield, "ExtrinsicLifetimeSet", { value });
      },
    },
    set_max_extrinsic_weight: {
      pays: true,
      dispatch(ctx, origin, { value }) {
        set(ctx, origin, S.MaxExtrinsicWeight, value);
        ctx.emit(mevShield, "MaxExtrinsicWeightSet", { value });
      },
    },
  },
});

/** A setting of root's; weights are u64, so a bigint is one. */
function set(ctx: Ctx, origin: Parameters<typeof ensureRoot>[0], item: AnyItem, value: number | bigint): void {
  ensureRoot(origin);
  if (typeof value === "bigint" && value > MAX_WEIGHT) throw moduleError(mevShield, "WeightExceedsAbsoluteMax");
  (ctx.state as { put(item: AnyItem, keys: readonly unknown[], value: unknown): void }).put(item, [], value);
}

/** True for bytes with all the parts: key hash, length of the key message, that message, nonce, and at least a byte of the transaction. */
function isShielded(ciphertext: Uint8Array): boolean {
  const [low = 0, high = 0] = ciphertext.subarray(KEY_HASH_BYTES, KEY_HASH_BYTES + LENGTH_BYTES);
  return ciphertext.length > KEY_HASH_BYTES + LENGTH_BYTES + (low | (high << 8)) + NONCE_BYTES;
}
