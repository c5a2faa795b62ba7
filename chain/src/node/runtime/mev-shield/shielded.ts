import type { ValueOf } from "../../../spec/scale/scale-type.ts";
import type { shieldedTransaction } from "../../../spec/runtime-apis-contracts.ts";

/** Bytes of a sealed transaction's parts; between key hash and nonce stand the length of the key message, little endian, and that message. */
const KEY_HASH_BYTES = 16;
const LENGTH_BYTES = 2;
const NONCE_BYTES = 24;

/** The parts of a sealed transaction (spec/subtensor-interface.md 2.5); undefined for bytes too few for them. */
export function parseShielded(ciphertext: Uint8Array): ValueOf<typeof shieldedTransaction> | undefined {
  const [low = 0, high = 0] = ciphertext.subarray(KEY_HASH_BYTES, KEY_HASH_BYTES + LENGTH_BYTES);
  const keyMessageAt = KEY_HASH_BYTES + LENGTH_BYTES;
  const nonceAt = keyMessageAt + (low | (high << 8));
  if (ciphertext.length < nonceAt + NONCE_BYTES) return undefined;
  return {
    key_hash: ciphertext.slice(0, KEY_HASH_BYTES),
    kem_ct: ciphertext.slice(keyMessageAt, nonceAt),
    aead_ct: ciphertext.slice(nonceAt + NONCE_BYTES),
    nonce: ciphertext.slice(nonceAt, nonceAt + NONCE_BYTES),
  };
}
