import { appError } from "../errors/app-error.ts";
import { concatBytes, utf8 } from "../util/bytes.ts";
import { blake2b256 } from "./hash.ts";

/** The phrase every substrate tool knows; `//Alice` means this phrase with a path. Public: never real money. */
export const devPhrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

/** One step of a derivation path with its 32-byte chain code. */
export type Junction = { readonly hard: boolean; readonly chainCode: Uint8Array };

/** A key URI in parts. `phrase` is a mnemonic or `0x` and 64 hex digits. */
export type KeyUri = { readonly phrase: string; readonly path: readonly Junction[]; readonly password: string };

const uriPattern = /^(?<phrase>[a-zA-Z0-9 ]+)?(?<path>(?:\/\/?[^/]+)*)(?:\/\/\/(?<password>.*))?$/s;
const junctionPattern = /\/(\/?)([^/]+)/g;
const maxUriLength = 1_024;

/** Parses `phrase//hard/soft///password` as substrate does. Throws E_BAD_KEY_URI, never repeating the text. */
export function parseKeyUri(uri: string): KeyUri {
  const groups = uri.length <= maxUriLength ? uriPattern.exec(uri)?.groups : undefined;
  if (groups === undefined || uri === "")
    throw appError("E_BAD_KEY_URI", { problem: "it does not read as phrase//hard/soft///password" });
  const path = [...(groups["path"] ?? "").matchAll(junctionPattern)].map(([, hard, code]) => ({
    hard: hard === "/",
    chainCode: chainCodeOf(code ?? ""),
  }));
  return { phrase: groups["phrase"] ?? devPhrase, path, password: groups["password"] ?? "" };
}

/** A number that fits 64 bits is its little-endian bytes; anything else is the SCALE string, hashed when longer than 32 bytes. */
function chainCodeOf(code: string): Uint8Array {
  const result = new Uint8Array(32);
  if (/^\d{1,20}$/.test(code) && BigInt(code) < 1n << 64n) {
    new DataView(result.buffer).setBigUint64(0, BigInt(code), true);
    return result;
  }
  const text = scaleString(code);
  if (text.length > 32) return blake2b256(text);
  result.set(text);
  return result;
}

/** SCALE string of at most 16,383 bytes, which the bound on a URI implies: compact length, then UTF-8. */
export function scaleString(text: string): Uint8Array {
  const bytes = utf8(text);
  const { length } = bytes;
  return concatBytes(
    length < 64 ? Uint8Array.of(length << 2) : Uint8Array.of(((length & 63) << 2) | 1, length >> 6),
    bytes,
  );
}
