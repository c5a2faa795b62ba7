import * as schnorrkel from "@polkadot-labs/schnorrkel-wasm";
import { ristretto255 } from "@noble/curves/ed25519.js";
import * as portable from "@scure/sr25519";
import { concatBytes } from "../util/bytes.ts";
import type { Junction } from "./key-uri.ts";
import { cachedByPublicKey } from "./public-key-cache.ts";

/**
 * sr25519 in the `substrate` signing context, so that polkadot.js, the Python SDK and the chain verify it. The Rust crate as WebAssembly does
 * the work (thousands of verifications per second and core). It panics on malformed input and every panic leaks: some 1,250 of them kill
 * the instance, which a stranger could do from afar. So nothing malformed gets there (see `isWellFormed`), and should the instance break all
 * the same, the plain JavaScript implementation takes over for good.
 */

/** A secret key (64 bytes: scalar times 8, then nonce) and its public key (32). */
export type Sr25519Keys = { readonly secretKey: Uint8Array; readonly publicKey: Uint8Array };

/** Longest message given to WebAssembly, whose memory never shrinks. */
const maxWasmMessage = 64 * 1024;

let backend: "wasm" | "portable" = "wasm";

/** Which implementation is in use; `portable` after the fast one has broken, about ten times slower. For health pages. */
export function sr25519Backend(): "wasm" | "portable" {
  return backend;
}

/** The key pair of a 32-byte seed (mini secret). */
export function sr25519FromSeed(seed: Uint8Array): Sr25519Keys {
  return ofGoodSecret(portable.secretFromSeed(seed));
}

/** The key pair of a 64-byte secret key. Throws for a scalar outside the group. */
export function fromSecretKey(secretKey: Uint8Array): Sr25519Keys {
  return { secretKey, publicKey: portable.getPublicKey(secretKey) };
}

/** One derivation step, hard or soft. */
export function sr25519Derive({ secretKey, publicKey }: Sr25519Keys, { hard, chainCode }: Junction): Sr25519Keys {
  if (!hard) return ofGoodSecret(portable.HDKD.secretSoft(secretKey, chainCode));
  return withBackend(
    chainCode,
    () => {
      const pair = schnorrkel.sr25519_derive_keypair_hard(concatBytes(secretKey, publicKey), chainCode);
      return { secretKey: pair.slice(0, 64), publicKey: pair.slice(64) };
    },
    () => fromSecretKey(portable.HDKD.secretHard(secretKey, chainCode)),
  );
}

/** For a secret key that was made here: WebAssembly has no good answer to one that is malformed. */
function ofGoodSecret(secretKey: Uint8Array): Sr25519Keys {
  return withBackend(
    secretKey,
    () => ({ secretKey, publicKey: schnorrkel.sr25519_pubkey(secretKey) }),
    () => fromSecretKey(secretKey),
  );
}

/** A 64-byte signature. Randomised: two signatures of one message differ. */
export function sr25519Sign({ secretKey, publicKey }: Sr25519Keys, message: Uint8Array): Uint8Array {
  return withBackend(
    message,
    () => schnorrkel.sr25519_sign(publicKey, secretKey, message),
    () => portable.sign(secretKey, message),
  );
}

/** True for a valid signature. Never throws, whatever the bytes. */
export function sr25519Verify(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (!isWellFormed(signature) || publicKey.length !== 32 || !isValidPublicKey(publicKey)) return false;
  return withBackend(
    message,
    () => schnorrkel.sr25519_verify(publicKey, message, signature),
    () => verifyPortable(message, signature, publicKey),
  );
}

function verifyPortable(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return portable.verify(message, signature, publicKey);
  } catch {
    return false;
  }
}

function withBackend<T>(message: Uint8Array, fast: () => T, slow: () => T): T {
  if (backend === "portable" || message.length > maxWasmMessage) return slow();
  try {
    return fast();
  } catch {
    backend = "portable";
    return slow();
  }
}

/** The group order minus 2^252. */
const orderLow = 0x14def9dea2f79cd65812631a5cf5d3edn;

/** Length 64, the marker bit schnorrkel sets in the last byte, and a scalar below the group order. */
function isWellFormed(signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  const last = signature[63]!;
  if ((last & 0x80) === 0) return false;
  const top = last & 0x7f;
  return top < 0x10 || (top === 0x10 && isBelowOrder(signature.subarray(32, 63)));
}

/** For a scalar whose top byte is 0x10: the other 31 little-endian bytes must be below 0x14def9…d3ed. */
function isBelowOrder(rest: Uint8Array): boolean {
  return BigInt(`0x${Buffer.from(rest).reverse().toString("hex")}`) < orderLow;
}

/** A canonical ristretto point other than the identity, under which anyone could sign. */
const isValidPublicKey = cachedByPublicKey((publicKey) => {
  try {
    return !ristretto255.Point.fromBytes(publicKey).is0();
  } catch {
    return false;
  }
});
