import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { type AppError, appError } from "../errors/app-error.ts";
import { concatBytes, utf8 } from "../util/bytes.ts";
import { beaconSizes, bigEndian, roundPoint } from "./beacon.ts";
import { sha256 } from "./hash.ts";

export { beaconPublicKey, beaconSign, beaconVerify, roundMessage } from "./beacon.ts";
export { decodeWeightsPayload, encodeWeightsPayload } from "./weights-payload.ts";

/*
 * Timelock encryption to a round of a drand beacon, byte-compatible with the chain (spec/subtensor-interface.md 6.2 and 6.3): Boneh-Franklin FullIdent over
 * BLS12-381 with the beacon's signature of the round as the decryption key, around AES-256-GCM. No prefixes anywhere: H2, H3 and H4 are plain SHA-256.
 *
 * Cost on one core: about 35 ms to encrypt to a new round, 20 ms to the same round again (its pairing is cached), 18 ms to decrypt.
 */

/** Lengths of the parts of an encryption, in bytes. */
export const timelockSizes = {
  key: 32,
  sigma: 32,
  nonce: 12,
  /** A ciphertext is this much longer than its message. */
  overhead: 244,
  /** The chain takes no longer ciphertext. */
  maxCiphertext: 5000,
} as const;

const CIPHER_SUITE = "AES_GCM_";
const TAG_LENGTH = 16;

const G1 = bls12_381.G1.Point;
const G2 = bls12_381.G2.Point;
const { Fp12, Fr } = bls12_381.fields;
type G1Point = InstanceType<typeof G1>;
type G2Point = InstanceType<typeof G2>;
type GT = ReturnType<typeof bls12_381.pairing>;

/** The three random values of an encryption. Only tests give them: a repeated key and nonce reveal the message. */
export type TimelockRandom = {
  /** The AES key, 32 bytes. */
  readonly key: Uint8Array;
  /** 32 bytes. */
  readonly sigma: Uint8Array;
  /** 12 bytes. */
  readonly nonce: Uint8Array;
};

/**
 * Encrypts a message so that it opens with the beacon's signature of `round` and not before. `publicKey` is the beacon's, 96 bytes.
 * The result is 244 bytes longer than the message. Throws E_TIMELOCK_INPUT (lengths, round) or E_TIMELOCK_MALFORMED (the public key is no point of G2).
 */
export function timelockEncrypt(
  message: Uint8Array,
  round: bigint,
  publicKey: Uint8Array,
  random: TimelockRandom = freshRandom(),
): Uint8Array {
  if (message.length > timelockSizes.maxCiphertext - timelockSizes.overhead) {
    throw inputError("the message", `has ${message.length} bytes, more than a ciphertext may carry`);
  }
  const { key, sigma, nonce } = random;
  requireLength("the key", key, timelockSizes.key);
  requireLength("sigma", sigma, timelockSizes.sigma);
  requireLength("the nonce", nonce, timelockSizes.nonce);

  const r = scalarOf(sigma, key);
  const gt = Fp12.pow(roundPairing(round, publicKey), r);
  const u = G2.BASE.multiply(r).toBytes(true);
  const v = xor(sigma, sha256(serializeGt(gt)));
  const w = xor(key, sha256(sigma));
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = concatBytes(cipher.update(message), cipher.final(), cipher.getAuthTag());
  const body = concatBytes(lengthPrefixed(sealed), lengthPrefixed(nonce));
  return concatBytes(u, lengthPrefixed(v), lengthPrefixed(w), lengthPrefixed(body), lengthPrefixed(utf8(CIPHER_SUITE)));
}

/**
 * Opens a ciphertext with the beacon's signature of its round, 48 bytes. Bytes after the ciphertext, or after the last field of its body, are ignored, and the
 * content of the cipher-suite field is not checked, as on the chain.
 * Throws E_TIMELOCK_MALFORMED (does not decode) or E_TIMELOCK_DECRYPT (decodes, but does not open with this signature).
 */
export function timelockDecrypt(ciphertext: Uint8Array, signature: Uint8Array): Uint8Array {
  const { u, v, w, sealed, nonce } = parseCiphertext(ciphertext);
  const point = decodePoint("U", () => validated(G2.fromBytes(u)));
  const signaturePoint = decodePoint("the signature", () => validated(G1.fromBytes(signature)));
  const sigma = xor(v, sha256(serializeGt(bls12_381.pairing(signaturePoint, point))));
  const key = xor(w, sha256(sigma));
  const expected = G2.BASE.multiply(scalarOf(sigma, key));
  if (!expected.equals(point))
    throw appError("E_TIMELOCK_DECRYPT", { problem: "the signature is of another round or beacon" });
  return openAes(key, nonce, sealed);
}

/** Pairings of (round, public key), the newest last. A validator encrypts several messages to one round and then never again. */
const pairings = new Map<string, GT>();
const MAX_PAIRINGS = 16;

function roundPairing(round: bigint, publicKey: Uint8Array): GT {
  requireLength("the public key", publicKey, beaconSizes.publicKey);
  const id = `${round}/${Buffer.from(publicKey).toString("base64")}`;
  const known = pairings.get(id);
  if (known !== undefined) return known;
  const key = decodePoint("the public key", () => validated(G2.fromBytes(publicKey)));
  const pairing = bls12_381.pairing(roundPoint(round), key);
  const oldest = pairings.size >= MAX_PAIRINGS ? pairings.keys().next().value : undefined;
  if (oldest !== undefined) pairings.delete(oldest);
  pairings.set(id, pairing);
  return pairing;
}

/** H3: the scalar of an encryption. Zero has a chance of 2^-255 and no meaning. */
function scalarOf(sigma: Uint8Array, key: Uint8Array): bigint {
  const r = Fr.create(bigEndian(sha256(concatBytes(sigma, key))));
  if (r === 0n) throw appError("E_TIMELOCK_DECRYPT", { problem: "the scalar is zero" });
  return r;
}

/** The arkworks bytes of a GT element: noble's coefficients in the same order, each 48 bytes reversed to little-endian. */
function serializeGt(value: GT): Uint8Array {
  const bytes = Uint8Array.from(Fp12.toBytes(value));
  for (let i = 0; i < bytes.length; i += 48) bytes.subarray(i, i + 48).reverse();
  return bytes;
}

type Ciphertext = { u: Uint8Array; v: Uint8Array; w: Uint8Array; sealed: Uint8Array; nonce: Uint8Array };

function parseCiphertext(bytes: Uint8Array): Ciphertext {
  if (bytes.length > timelockSizes.maxCiphertext) throw malformed("the ciphertext", `${bytes.length} bytes`);
  const outer = fieldReader(bytes);
  const u = outer.take(beaconSizes.publicKey, "U");
  const v = outer.vector("V", timelockSizes.sigma);
  const w = outer.vector("W", timelockSizes.key);
  const inner = fieldReader(outer.vector("the body"));
  const sealed = inner.vector("the sealed message");
  const nonce = inner.vector("the nonce", timelockSizes.nonce);
  outer.vector("the cipher suite");
  if (sealed.length < TAG_LENGTH) throw malformed("the sealed message", "shorter than its tag");
  return { u, v, w, sealed, nonce };
}

type FieldReader = {
  take(length: number, field: string): Uint8Array;
  /** A u64 little-endian length and that many bytes; another length than `exactly` is malformed. */
  vector(field: string, exactly?: number): Uint8Array;
};

function fieldReader(bytes: Uint8Array): FieldReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  const take = (length: number, field: string): Uint8Array => {
    if (length > bytes.length - offset) throw malformed(field, "cut short");
    offset += length;
    return bytes.subarray(offset - length, offset);
  };
  const vector = (field: string, exactly?: number): Uint8Array => {
    const start = offset;
    take(8, field);
    const length = view.getBigUint64(start, true);
    if (exactly !== undefined && length !== BigInt(exactly))
      throw malformed(field, `${length} bytes instead of ${exactly}`);
    if (length > BigInt(bytes.length - offset)) throw malformed(field, "cut short");
    return take(Number(length), field);
  };
  return { take, vector };
}

function openAes(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array {
  const split = sealed.length - TAG_LENGTH;
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_LENGTH });
  decipher.setAuthTag(sealed.subarray(split));
  try {
    return concatBytes(decipher.update(sealed.subarray(0, split)), decipher.final());
  } catch (cause) {
    throw appError("E_TIMELOCK_DECRYPT", { problem: "the message was altered" }, { cause });
  }
}

/** A point in the right subgroup and not the identity; noble throws otherwise. */
function validated<P extends G1Point | G2Point>(point: P): P {
  point.assertValidity();
  return point;
}

function decodePoint<P>(field: string, decode: () => P): P {
  try {
    return decode();
  } catch (cause) {
    throw appError("E_TIMELOCK_MALFORMED", { field, problem: "not a point of the curve" }, { cause });
  }
}

function freshRandom(): TimelockRandom {
  return {
    key: randomBytes(timelockSizes.key),
    sigma: randomBytes(timelockSizes.sigma),
    nonce: randomBytes(timelockSizes.nonce),
  };
}

function lengthPrefixed(bytes: Uint8Array): Uint8Array {
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(bytes.length), true);
  return concatBytes(prefix, bytes);
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ b[i]!);
}

function requireLength(field: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw inputError(field, `has ${bytes.length} bytes instead of ${length}`);
}

function inputError(field: string, problem: string): AppError {
  return appError("E_TIMELOCK_INPUT", { field, problem });
}

function malformed(field: string, problem: string): AppError {
  return appError("E_TIMELOCK_MALFORMED", { field, problem });
}
