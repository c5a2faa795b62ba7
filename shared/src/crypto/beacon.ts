import { bls12_381 } from "@noble/curves/bls12-381.js";
import { type AppError, appError } from "../errors/app-error.ts";
import { sha256 } from "./hash.ts";

/*
 * A drand beacon of the quicknet scheme, `bls-unchained-g1-rfc9380` (spec/subtensor-interface.md 6.2): one BLS signature in G1 per round, the public key in G2.
 */

/** Lengths in bytes. */
export const beaconSizes = { publicKey: 96, signature: 48, secret: 32 } as const;

/** Domain separation of hashing a round to G1. */
const HASH_TO_G1_DST = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";
const MAX_ROUND = 0xffff_ffff_ffff_ffffn;

const G1 = bls12_381.G1.Point;
const G2 = bls12_381.G2.Point;
const { Fp12, Fr } = bls12_381.fields;

/** What a beacon signs for a round: SHA-256 of the round as a big-endian u64. Throws E_TIMELOCK_INPUT for a round outside u64. */
export function roundMessage(round: bigint): Uint8Array {
  if (round < 0n || round > MAX_ROUND) throw inputError("the round", "is not a u64");
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, round);
  return sha256(bytes);
}

/** The point of G1 a round hashes to: the identity a message is encrypted to, and what the beacon multiplies by its secret. */
export function roundPoint(round: bigint): InstanceType<typeof G1> {
  return bls12_381.shortSignatures.hash(roundMessage(round), HASH_TO_G1_DST);
}

/** The public key of a beacon, 96 bytes: secret * G2. The secret is 32 bytes, big-endian, from 1 to the group order - 1; else E_TIMELOCK_INPUT. */
export function beaconPublicKey(secret: Uint8Array): Uint8Array {
  return G2.BASE.multiply(secretScalar(secret)).toBytes(true);
}

/** A beacon's signature of a round, 48 bytes: secret * hash-to-G1(round message). Throws E_TIMELOCK_INPUT. */
export function beaconSign(secret: Uint8Array, round: bigint): Uint8Array {
  return roundPoint(round).multiply(secretScalar(secret)).toBytes(true);
}

/** True when `signature` is the beacon's signature of the round. Never throws on wrong bytes. About 25 ms. */
export function beaconVerify(publicKey: Uint8Array, round: bigint, signature: Uint8Array): boolean {
  if (round < 0n || round > MAX_ROUND) return false;
  try {
    const key = G2.fromBytes(publicKey);
    const point = G1.fromBytes(signature);
    key.assertValidity();
    point.assertValidity();
    const product = bls12_381.pairingBatch([
      { g1: roundPoint(round), g2: key.negate() },
      { g1: point, g2: G2.BASE },
    ]);
    return Fp12.eql(product, Fp12.ONE);
  } catch {
    return false;
  }
}

function secretScalar(secret: Uint8Array): bigint {
  if (secret.length !== beaconSizes.secret) throw inputError("the secret", `has ${secret.length} bytes instead of 32`);
  const scalar = bigEndian(secret);
  if (scalar === 0n || scalar >= Fr.ORDER)
    throw inputError("the secret", "is not below the group order and above zero");
  return scalar;
}

/** Bytes as an unsigned big-endian integer. */
export function bigEndian(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function inputError(field: string, problem: string): AppError {
  return appError("E_TIMELOCK_INPUT", { field, problem });
}
