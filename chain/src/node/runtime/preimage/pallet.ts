/** Preimage: anyone stores bytes for a deposit of 0.104 TAO and 0.001 TAO a byte; root requests and releases them. */
import { preimage } from "../../../spec/pallets/preimage.ts";
import { type AccountId, defineRuntimePallet, ensureRoot, ensureSigned, moduleError, type Origin } from "../pallet.ts";
import { noteBytes, request, unnoteBytes, unrequest } from "./store.ts";

const MAX_HASHES = 1_024;

export const preimagePallet = defineRuntimePallet<typeof preimage>({
  spec: preimage,
  calls: {
    note_preimage: {
      pays: true,
      dispatch: (ctx, origin, { bytes }) => void noteBytes(ctx, bytes, signerOrRoot(origin)),
    },
    unnote_preimage: {
      pays: true,
      dispatch: (ctx, origin, { hash }) => unnoteBytes(ctx, hash, signerOrRoot(origin)),
    },
    request_preimage: {
      pays: true,
      dispatch(ctx, origin, { hash }) {
        ensureRoot(origin);
        request(ctx, hash);
      },
    },
    unrequest_preimage: {
      pays: true,
      dispatch(ctx, origin, { hash }) {
        ensureRoot(origin);
        unrequest(ctx, hash);
      },
    },
    ensure_updated: {
      // Nothing is ever stored in the old form here, so there is nothing to move.
      pays: true,
      dispatch(_ctx, origin, { hashes }) {
        ensureSigned(origin);
        if (hashes.length === 0) throw moduleError(preimage, "TooFew");
        if (hashes.length > MAX_HASHES) throw moduleError(preimage, "TooMany");
      },
    },
  },
});

/** The signer, or undefined for root. */
function signerOrRoot(origin: Origin): AccountId | undefined {
  return origin.kind === "root" ? undefined : ensureSigned(origin);
}
