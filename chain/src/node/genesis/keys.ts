/** Who is meant in a genesis file. */
import { devPhrase, parseKeyUri } from "@subnetkit/shared/crypto/key-uri";
import { seedOfPhrase } from "@subnetkit/shared/crypto/seed-of-phrase";
import { type Sr25519Keys, sr25519Derive, sr25519FromSeed } from "@subnetkit/shared/crypto/sr25519";
import { decodeAddress } from "@subnetkit/shared/crypto/ss58";
import { appError } from "@subnetkit/shared/errors/app-error";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { z } from "zod";

/** Derived keys remembered, intermediate ones included; a full subnet needs about 520. */
const MAX_REMEMBERED = 8_192;

const derived = new Map<string, Sr25519Keys>();

/**
 * An account: a path under the public development phrase (`//Alice`, `//Validator//0//hot`), so that a person can sign for it, an SS58 address, or
 * `0x` and 64 hex digits. The value is hex. Phrases and seeds are refused: a genesis file is no place for a secret.
 */
export const accountKey = z.string().transform((given, ctx): string => {
  if (/^0x[0-9a-fA-F]{64}$/.test(given)) return given.toLowerCase();
  try {
    if (given.startsWith("//")) return developmentAccount(given);
    return bytesToHex(decodeAddress(given));
  } catch {
    ctx.addIssue({
      code: "custom",
      message: "an account is a development path like //Alice, an SS58 address, or 0x and 64 hex digits",
      params: { secret: /\s/.test(given) },
    });
    return z.NEVER;
  }
});

/**
 * Account of a path under the development phrase, as hex. Shared beginnings are derived once: about 1 ms per new part. Throws
 * E_BAD_KEY_URI, for a password too.
 */
export function developmentAccount(uri: string): string {
  const { path, password } = parseKeyUri(uri);
  if (password !== "") throw appError("E_BAD_KEY_URI", { problem: "a password is a secret" });
  if (derived.size > MAX_REMEMBERED) derived.clear();
  let memo = "";
  let keys = remembered(memo, () => sr25519FromSeed(seedOfPhrase(devPhrase, "")));
  for (const junction of path) {
    const parent = keys;
    memo += `${junction.hard ? "//" : "/"}${bytesToHex(junction.chainCode)}`;
    keys = remembered(memo, () => sr25519Derive(parent, junction));
  }
  return bytesToHex(keys.publicKey);
}

function remembered(memo: string, derive: () => Sr25519Keys): Sr25519Keys {
  let keys = derived.get(memo);
  if (keys === undefined) {
    keys = derive();
    derived.set(memo, keys);
  }
  return keys;
}
