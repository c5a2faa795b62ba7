import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { type Keypair, type KeyScheme, verifySignature } from "@subnetkit/shared/crypto/keypair";
import { errorMessage } from "@subnetkit/shared/errors/app-error";
import { bareHex, hexToBytes, utf8 } from "@subnetkit/shared/util/bytes";
import { type Entry, entrySchema } from "./entry.ts";

/** Place and hash of an entry: whoever has the newest one can tell that nothing before it was changed. */
export type LogHead = { readonly seq: number; readonly hash: string };

/** The head of an empty log. */
export const noHead: LogHead = { seq: -1, hash: "0".repeat(64) };

/** An entry as it lies in a record: two lines, its JSON and the hotkey's signature of the JSON's hash. */
export type SealedEntry = { readonly bytes: Uint8Array; readonly hash: string };

/** Seals an entry. About 0.1 ms, nearly all of it the signature. */
export function sealEntry(entry: Entry, keypair: Keypair): SealedEntry {
  const text = JSON.stringify(entry);
  const hash = sha256Hex(text);
  return { bytes: utf8(`${text}\n${bareHex(keypair.sign(signedText(hash)))}\n`), hash };
}

/** An entry out of a record, its hash and its signature; or what is wrong with it. */
export type OpenedEntry =
  | { readonly kind: "entry"; readonly entry: Entry; readonly hash: string; readonly signature: string }
  | { readonly kind: "broken"; readonly problem: string };

/** Opens a record. Never throws. The signature is not verified: see {@link isSignedBy}. */
export function openEntry(record: Uint8Array): OpenedEntry {
  const lines = Buffer.from(record).toString("utf8").split("\n");
  const [text, signature, end] = lines;
  if (lines.length !== 3 || text === undefined || signature === undefined || end !== "")
    return { kind: "broken", problem: "it is not two lines" };
  try {
    const parsed = entrySchema.safeParse(JSON.parse(text));
    if (!parsed.success)
      return { kind: "broken", problem: `its field ${parsed.error.issues[0]?.path.join(".") ?? "?"} is unusable` };
    return { kind: "entry", entry: parsed.data, hash: sha256Hex(text), signature };
  } catch (error) {
    return { kind: "broken", problem: errorMessage(error) };
  }
}

/** True when the hash carries this key's signature. Never throws. */
export function isSignedBy(
  { hash, signature }: { readonly hash: string; readonly signature: string },
  key: { readonly scheme: KeyScheme; readonly publicKey: Uint8Array },
): boolean {
  if (!/^[0-9a-f]{128}$/.test(signature)) return false;
  return verifySignature(key.scheme, signedText(hash), hexToBytes(signature), key.publicKey);
}

function signedText(hash: string): Uint8Array {
  return utf8(`subnetkit/evidence/1\n${hash}`);
}
