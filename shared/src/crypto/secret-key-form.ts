import { concatBytes } from "../util/bytes.ts";

/**
 * An sr25519 secret key is a scalar and a nonce, 32 bytes each. polkadot.js and we keep the scalar times 8 ("ed25519 form"); Bittensor wallets
 * keep the scalar itself ("canonical form"). Both are 64 bytes, told apart only by the public key they give.
 */

/** The form of Bittensor wallets, from ours. */
export function toCanonicalForm(secretKey: Uint8Array): Uint8Array {
  return concatBytes(littleEndian(scalarOf(secretKey) >> 3n), secretKey.subarray(32));
}

/** Our form, from that of Bittensor wallets. */
export function fromCanonicalForm(secretKey: Uint8Array): Uint8Array {
  return concatBytes(littleEndian(scalarOf(secretKey) << 3n), secretKey.subarray(32));
}

function scalarOf(secretKey: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(secretKey.subarray(0, 32)).reverse().toString("hex")}`);
}

/** 32 bytes; what does not fit is cut off (no scalar below the group order is that large). */
function littleEndian(value: bigint): Uint8Array {
  return new Uint8Array(Buffer.from(BigInt.asUintN(256, value).toString(16).padStart(64, "0"), "hex").reverse());
}
