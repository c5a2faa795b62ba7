import { secp256k1 } from "@noble/curves/secp256k1.js";
import { bytesEqual } from "../util/bytes.ts";
import { blake2b256 } from "./hash.ts";

/**
 * True for a valid recoverable secp256k1 signature (r, s, recovery id: 65 bytes) over the Blake2-256 of these bytes by the account whose id is the
 * Blake2-256 of the compressed public key, as the runtime's MultiSignature counts it. Recovery ids from 27 on are read as those from 0 on. Never
 * throws, whatever the bytes.
 */
export function ecdsaVerify(message: Uint8Array, signature: Uint8Array, accountId: Uint8Array): boolean {
  const recovery = signature[64];
  if (recovery === undefined || signature.length !== 65) return false;
  const recovered = new Uint8Array(65);
  recovered[0] = recovery > 26 ? recovery - 27 : recovery;
  recovered.set(signature.subarray(0, 64), 1);
  try {
    const publicKey = secp256k1.recoverPublicKey(recovered, blake2b256(message), { prehash: false });
    return bytesEqual(blake2b256(publicKey), accountId);
  } catch {
    // No point of the curve belongs to these bytes.
    return false;
  }
}
