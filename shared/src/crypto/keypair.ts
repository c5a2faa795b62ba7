import { appError } from "../errors/app-error.ts";
import { assertNever } from "../util/assertNever.ts";
import { ed25519DeriveSeed, ed25519FromSeed, ed25519Sign, ed25519Verify } from "./ed25519.ts";
import { parseKeyUri } from "./key-uri.ts";
import { seedOfPhrase } from "./seed-of-phrase.ts";
import {
  fromSecretKey,
  type Sr25519Keys,
  sr25519Derive,
  sr25519FromSeed,
  sr25519Sign,
  sr25519Verify,
} from "./sr25519.ts";
import { encodeAddress } from "./ss58.ts";

/** The signature schemes of hotkeys. */
export type KeyScheme = "sr25519" | "ed25519";

/** A key that can sign. The secret stays inside: printing or serialising a keypair shows its public half only. */
export interface Keypair {
  readonly scheme: KeyScheme;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** SS58, format 42. */
  readonly address: string;
  /** A 64-byte signature over exactly these bytes (never wrapped in `<Bytes>`). */
  sign(message: Uint8Array): Uint8Array;
}

/**
 * The key of a substrate URI: `//Alice`, `<mnemonic>//hard/soft///password`, `0x<seed>//hard`. Without a phrase the public development phrase is
 * meant. Throws E_BAD_KEY_URI or E_BAD_MNEMONIC without repeating the text.
 */
export function keypairFromUri(uri: string, scheme: KeyScheme = "sr25519"): Keypair {
  const { phrase, path, password } = parseKeyUri(uri);
  const seed = seedOfPhrase(phrase, password);
  return scheme === "sr25519"
    ? sr25519Keypair(path.reduce(sr25519Derive, sr25519FromSeed(seed)))
    : ed25519Keypair(path.reduce(ed25519DeriveSeed, seed));
}

/** The key of a 32-byte seed. */
export function keypairFromSeed(seed: Uint8Array, scheme: KeyScheme = "sr25519"): Keypair {
  if (seed.length !== 32) throw appError("E_BAD_KEY", { problem: `a seed has 32 bytes, not ${seed.length}` });
  return scheme === "sr25519" ? sr25519Keypair(sr25519FromSeed(seed)) : ed25519Keypair(seed);
}

/**
 * The key of a 64-byte sr25519 secret key in the form of polkadot.js (scalar times 8, then nonce). Throws E_BAD_KEY for another length and for a
 * scalar outside the group.
 */
export function keypairFromSecretKey(secretKey: Uint8Array): Keypair {
  if (secretKey.length !== 64)
    throw appError("E_BAD_KEY", { problem: `an sr25519 secret key has 64 bytes, not ${secretKey.length}` });
  try {
    return sr25519Keypair(fromSecretKey(secretKey));
  } catch {
    throw appError("E_BAD_KEY", { problem: "its scalar is not in the group" });
  }
}

/** True for a valid signature of these bytes. Never throws, whatever it is given: lengths and points are checked first. */
export function verifySignature(
  scheme: KeyScheme,
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  switch (scheme) {
    case "sr25519":
      return sr25519Verify(message, signature, publicKey);
    case "ed25519":
      return ed25519Verify(message, signature, publicKey);
    default:
      return assertNever(scheme, "a key scheme");
  }
}

function sr25519Keypair(keys: Sr25519Keys): Keypair {
  const { publicKey } = keys;
  return {
    scheme: "sr25519",
    publicKey,
    address: encodeAddress(publicKey),
    sign: (message) => sr25519Sign(keys, message),
  };
}

function ed25519Keypair(seed: Uint8Array): Keypair {
  const keys = ed25519FromSeed(seed);
  const { publicKey } = keys;
  return {
    scheme: "ed25519",
    publicKey,
    address: encodeAddress(publicKey),
    sign: (message) => ed25519Sign(keys, message),
  };
}
