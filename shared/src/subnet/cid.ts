const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** Version 1, codec raw (0x55), SHA-256 (0x12) of 32 bytes: multiformats' table of codes. */
const rawSha256 = [0x01, 0x55, 0x12, 0x20];

/**
 * The SHA-256 that a CIDv1 of raw bytes carries, as lower-case hex: for a file of one block it is the hash of the file itself. Undefined for every other
 * CID (version 0, dag-pb, other hashes or bases): those hash a tree of blocks that a gateway puts together, not the file.
 */
export function cidSha256(cid: string): string | undefined {
  const body = cid.startsWith("b") ? base32(cid.slice(1)) : undefined;
  if (body === undefined || body.length !== 36 || !rawSha256.every((code, i) => body[i] === code)) return undefined;
  return Buffer.from(body.subarray(4)).toString("hex");
}

/** The raw CIDv1 of a SHA-256 in hex. */
export function sha256Cid(sha256: string): string {
  let bits = 0;
  let buffer = 0;
  let text = "b";
  for (const byte of [...rawSha256, ...Buffer.from(sha256, "hex")]) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(buffer >> bits) & 31];
    }
    buffer &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + alphabet[(buffer << (5 - bits)) & 31];
}

/** Base 32 of RFC 4648 in lower case without padding, strictly: bits left over at the end are zero. */
function base32(text: string): Uint8Array | undefined {
  const bytes: number[] = [];
  let bits = 0;
  let buffer = 0;
  for (const char of text) {
    const value = alphabet.indexOf(char);
    if (value < 0) return undefined;
    buffer = (buffer << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push(buffer >> bits);
      buffer &= (1 << bits) - 1;
    }
  }
  return bits < 5 && buffer === 0 ? Uint8Array.from(bytes) : undefined;
}
