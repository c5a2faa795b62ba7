/** ShieldApi: how an author finds and opens the transactions sealed to it. */
import { xxhashAsU8a } from "@polkadot/util-crypto/xxhash";
import { bytesEqual } from "@subnetkit/shared/util/bytes";
import { mevShield } from "../../../spec/pallets/mev-shield.ts";
import { shieldedTransaction } from "../../../spec/runtime-apis-contracts.ts";
import { bytes, fixedBytes } from "../../../spec/scale/byte-strings.ts";
import { bool } from "../../../spec/scale/numbers.ts";
import { option } from "../../../spec/scale/variants.ts";
import { decodeExtrinsic, type Extrinsic } from "../../block/extrinsic.ts";
import { checkExtrinsic } from "../../block/validity.ts";
import { notBuiltHere } from "../api-failure.ts";
import { running } from "../executive/apis.ts";
import type { ExecutiveModules } from "../executive/executive.ts";
import { uxt } from "../executive/extrinsic-type.ts";
import { apiMethod, type Ctx, type RuntimeApi } from "../pallet.ts";
import { parseShielded } from "./shielded.ts";

/** Bytes of an ML-KEM-768 secret key and of a message to it. */
const SECRET_KEY_BYTES = 2_400;
const KEY_MESSAGE_BYTES = 1_088;

/** The API. */
export const shieldApi = ({ genesisHash }: Pick<ExecutiveModules, "genesisHash">): RuntimeApi => ({
  version: 1,
  methods: {
    try_decode_shielded_tx: apiMethod({
      args: { uxt },
      result: option(shieldedTransaction),
      run: (ctx, args) => {
        const extrinsic = decodeExtrinsic(args.uxt);
        const { call } = extrinsic;
        if (call.pallet !== mevShield.name || call.name !== "submit_encrypted") return undefined;
        if (!isGenuine(ctx, extrinsic, genesisHash())) return undefined;
        return parseShielded(call.args["ciphertext"] as Uint8Array);
      },
    }),
    is_shielded_using_current_key: apiMethod({
      args: { key_hash: fixedBytes(16) },
      result: bool,
      // While the next block is made, the key of its author is the one that stands as pending.
      run: ({ state }, { key_hash }) => {
        const key = state.get(mevShield.storage.PendingKey);
        return key !== undefined && bytesEqual(xxhashAsU8a(key, 128), key_hash);
      },
    }),
    try_unshield_tx: apiMethod({
      args: { dec_key_bytes: bytes, shielded_tx: shieldedTransaction },
      result: option(uxt),
      run: (_ctx, { dec_key_bytes, shielded_tx }) => {
        if (dec_key_bytes.length !== SECRET_KEY_BYTES || shielded_tx.kem_ct.length !== KEY_MESSAGE_BYTES)
          return undefined;
        throw notBuiltHere("opening shielded transactions (ML-KEM-768) is not built on this chain");
      },
    }),
  },
});

/** True for an extrinsic whose signer and signature stand, whatever else speaks against it. */
function isGenuine(ctx: Ctx, extrinsic: Extrinsic, genesisHash: string): boolean {
  const validity = checkExtrinsic(running(ctx), extrinsic, genesisHash);
  if (validity.kind === "unknown") return extrinsic.kind === "bare";
  return (
    validity.kind === "valid" || (validity.reason.type !== "BadProof" && validity.reason.type !== "AncientBirthBlock")
  );
}
