import * as schnorrkel from "@polkadot-labs/schnorrkel-wasm";
import { ed25519DeriveSeed } from "./ed25519.ts";
import { parseKeyUri } from "./key-uri.ts";
import type { KeyScheme } from "./keypair.ts";
import { seedOfPhrase } from "./seed-of-phrase.ts";
import { sr25519Derive, sr25519FromSeed } from "./sr25519.ts";

/** The secrets behind a URI. `phrase` only when it alone gives the key; `seed` only when every derivation step is hard. */
export type KeyMaterial = {
  readonly phrase: string | undefined;
  readonly seed: Uint8Array | undefined;
  readonly secretKey: Uint8Array;
};

/** The secrets of a URI, for writing key files and for nothing else. Throws like `keypairFromUri`. */
export function keyMaterialOfUri(uri: string, scheme: KeyScheme): KeyMaterial {
  const { phrase, path, password } = parseKeyUri(uri);
  const first = seedOfPhrase(phrase, password);
  const phraseAlone = path.length === 0 && password === "" && !phrase.startsWith("0x") ? phrase : undefined;
  if (scheme === "ed25519") {
    const seed = path.reduce(ed25519DeriveSeed, first);
    return { phrase: phraseAlone, seed, secretKey: seed };
  }
  const { secretKey } = path.reduce(sr25519Derive, sr25519FromSeed(first));
  const allHard = path.every(({ hard }) => hard);
  const seed = allHard
    ? path.reduce((parent, { chainCode }) => schnorrkel.sr25519_derive_seed_hard(parent, chainCode), first)
    : undefined;
  return { phrase: phraseAlone, seed, secretKey };
}
