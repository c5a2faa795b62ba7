/** SessionKeys: what a node signs blocks and votes with, an Aura key (sr25519) and a GRANDPA key (ed25519) in a row. Made for whoever asks; this node keeps none. */
import { randomBytes } from "node:crypto";
import { type KeyScheme, keypairFromSeed, keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { concatBytes, utf8 } from "@subnetkit/shared/util/bytes";
import { sessionKeyList } from "../../spec/runtime-apis-node.ts";
import { bytes } from "../../spec/scale/byte-strings.ts";
import { option } from "../../spec/scale/variants.ts";
import { trap } from "./api-failure.ts";
import { apiMethod, type RuntimeApi } from "./pallet.ts";

/** The keys in their order: what each is for, and its scheme. Public keys of both schemes have 32 bytes. */
const kinds: readonly (readonly [purpose: string, scheme: KeyScheme])[] = [
  ["aura", "sr25519"],
  ["gran", "ed25519"],
];
const KEY_BYTES = 32;

export const sessionKeysApi: RuntimeApi = {
  version: 1,
  methods: {
    generate_session_keys: apiMethod({
      args: { seed: option(bytes) },
      result: bytes,
      run: (_ctx, { seed }) => concatBytes(...kinds.map(([, scheme]) => publicKey(seed, scheme))),
    }),
    decode_session_keys: apiMethod({
      args: { encoded: bytes },
      result: sessionKeyList,
      // As SCALE decodes: bytes too many do not matter.
      run: (_ctx, { encoded }) =>
        encoded.length < kinds.length * KEY_BYTES
          ? undefined
          : kinds.map(([purpose], at): [Uint8Array, Uint8Array] => [
              encoded.slice(at * KEY_BYTES, (at + 1) * KEY_BYTES),
              utf8(purpose),
            ]),
    }),
  },
};

/** The key of a seed phrase or URI in UTF-8; of chance where there is none. */
function publicKey(seed: Uint8Array | undefined, scheme: KeyScheme): Uint8Array {
  if (seed === undefined) return keypairFromSeed(randomBytes(32), scheme).publicKey;
  try {
    return keypairFromUri(new TextDecoder("utf-8", { fatal: true }).decode(seed), scheme).publicKey;
  } catch (cause) {
    if (isAppError(cause) || cause instanceof TypeError) throw trap("Seed is a valid secret phrase or URI in UTF-8");
    throw cause;
  }
}
