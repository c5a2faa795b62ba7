import { appError } from "../errors/app-error.ts";

const hexPattern = /^(?:0x)?((?:[0-9a-fA-F]{2})*)$/;

/** True for an even number of hex digits with or without `0x`. */
export function isHex(text: string): boolean {
  return hexPattern.test(text);
}

/** Decodes hex, with or without `0x`. Throws E_BAD_HEX on an odd length or a foreign character. */
export function hexToBytes(hex: string): Uint8Array {
  const digits = hexPattern.exec(hex)?.[1];
  if (digits === undefined) throw appError("E_BAD_HEX", { length: hex.length });
  return new Uint8Array(Buffer.from(digits, "hex"));
}

/** Encodes bytes as lower-case hex with a leading `0x`. */
export function bytesToHex(bytes: Uint8Array): `0x${string}` {
  return `0x${bareHex(bytes)}`;
}

/** Encodes bytes as lower-case hex without a prefix. */
export function bareHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** One array out of many. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}

/** Compares content. Not constant-time: for secrets use `timingSafeEqual` of node:crypto. */
export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

const encoder = new TextEncoder();

/** UTF-8 bytes of a string. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}
