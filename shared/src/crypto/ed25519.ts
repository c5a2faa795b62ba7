import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { appError } from "../errors/app-error.ts";
import { concatBytes } from "../util/bytes.ts";
import { blake2b256 } from "./hash.ts";
import { type Junction, scaleString } from "./key-uri.ts";
import { cachedByPublicKey } from "./public-key-cache.ts";

const privateKeyPrefix = Buffer.from("302e020100300506032b657004220420", "hex");
const publicKeyPrefix = Buffer.from("302a300506032b6570032100", "hex");
const derivationContext = scaleString("Ed25519HDKD");

/** An imported key: importing for every signature would halve the speed. */
export type Ed25519Keys = { readonly privateKey: KeyObject; readonly publicKey: Uint8Array };

/** The key pair of a 32-byte seed. */
export function ed25519FromSeed(seed: Uint8Array): Ed25519Keys {
  const privateKey = createPrivateKey({ key: Buffer.concat([privateKeyPrefix, seed]), format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return { privateKey, publicKey: new Uint8Array(spki.subarray(-32)) };
}

/** One hard derivation step on a seed. ed25519 has no soft ones: E_BAD_KEY_URI. */
export function ed25519DeriveSeed(seed: Uint8Array, { hard, chainCode }: Junction): Uint8Array {
  if (!hard) throw appError("E_BAD_KEY_URI", { problem: "ed25519 has no soft derivation: write // before every step" });
  return blake2b256(concatBytes(derivationContext, seed, chainCode));
}

/** A 64-byte signature; the same message always gives the same one. */
export function ed25519Sign({ privateKey }: Ed25519Keys, message: Uint8Array): Uint8Array {
  return new Uint8Array(sign(null, message, privateKey));
}

/** True for a valid signature. Never throws, whatever the bytes. */
export function ed25519Verify(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 32) return false;
  const key = importPublicKey(publicKey);
  return key !== undefined && verify(null, message, key, signature);
}

/** Undefined for what is no point, and for points of small order, under which anyone could sign. */
const importPublicKey = cachedByPublicKey((publicKey): KeyObject | undefined => {
  try {
    if (ed25519.Point.fromBytes(publicKey).isSmallOrder()) return undefined;
    return createPublicKey({ key: Buffer.concat([publicKeyPrefix, publicKey]), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
});
