import { createHash, hash } from "node:crypto";
import { blake2b } from "@noble/hashes/blake2.js";

/** SHA-256, 32 bytes. */
export function sha256(data: Uint8Array): Uint8Array {
  return new Uint8Array(hash("sha256", data, "buffer"));
}

/** SHA-256 as 64 lower-case hex digits without prefix, the form the wire protocols sign. */
export function sha256Hex(data: Uint8Array | string): string {
  return hash("sha256", data, "hex");
}

/** SHA3-256, 32 bytes. */
export function sha3_256(data: Uint8Array): Uint8Array {
  return new Uint8Array(hash("sha3-256", data, "buffer"));
}

/** BLAKE2b-512, 64 bytes. */
export function blake2b512(data: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("blake2b512").update(data).digest());
}

type Blake2b256 = (data: Uint8Array) => Uint8Array;

let blake2b256Fast: Blake2b256 | undefined;

/**
 * BLAKE2b-256, 32 bytes, the hash of the chain. Node has no 256-bit BLAKE2b (a truncated BLAKE2b-512 is another function), so this is plain
 * JavaScript until {@link prepareFastHashes} has run, about four times as fast afterwards, with the same results.
 */
export function blake2b256(data: Uint8Array): Uint8Array {
  return blake2b256Fast === undefined ? blake2b(data, { dkLen: 32 }) : blake2b256Fast(data);
}

/**
 * Loads the WebAssembly BLAKE2b of @polkadot/util-crypto (about 0.2 s once, nothing where @polkadot/api is loaded anyway). For processes that
 * hash a lot, before their first block. On a machine that cannot run it that package falls back to the same plain code.
 */
export async function prepareFastHashes(): Promise<void> {
  const [{ blake2AsU8a }, { cryptoWaitReady }] = await Promise.all([
    import("@polkadot/util-crypto/blake2"),
    import("@polkadot/util-crypto/crypto"),
  ]);
  await cryptoWaitReady();
  blake2b256Fast = (data) => blake2AsU8a(data, 256);
}
