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
import {
  customInvalid,
  type Ctx,
  defineRuntimePallet,
  ensureNone,
  ensureRoot,
  ensureSigned,
  moduleError,
} from "../pallet.ts";
import { rotateKeys } from "./keys.ts";
import { processPending, storeEncrypted } from "./queue.ts";
import { parseShielded } from "./shielded.ts";

const S = mevShield.storage;
/** Half of a block's weight: the most that hidden calls may take. */
const MAX_WEIGHT = 2_000_000_000_000n;

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
    const parts = parseShielded(ciphertext);
    return customInvalid(parts === undefined || parts.aead_ct.length === 0 ? UNPARSABLE : UNKNOWN_KEY);
  },
  onInitialize: processPending,
  calls: {
    announce_next_key: {
      pays: true,
      dispatch(ctx, origin, { enc_key }) {
        ensureNone(origin);
        rotateKeys(ctx, enc_key);
      },
    },
    store_encrypted: {
      pays: true,
      weight: 20_000_000_000n,
      dispatch: (ctx, origin, { encrypted_call }) => storeEncrypted(ctx, ensureSigned(origin), encrypted_call),
    },
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
