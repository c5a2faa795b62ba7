import { pbkdf2Sync, randomBytes } from "node:crypto";
import words from "@polkadot/util-crypto/mnemonic/wordlists/en";
import { appError } from "../errors/app-error.ts";
import { sha256 } from "./hash.ts";

const bitsPerWord = 11;
const indexOfWord: ReadonlyMap<string, number> = new Map(words.map((word, index) => [word, index]));

/** A new BIP-39 phrase of 12 words (128 bits from the system's random source). */
export function generateMnemonic(): string {
  return entropyToMnemonic(new Uint8Array(randomBytes(16)));
}

/**
 * The 32-byte mini secret of a phrase the substrate way: PBKDF2 over the entropy, not over the words as BIP-39 has it. Throws E_BAD_MNEMONIC
 * without repeating a word of it.
 */
export function mnemonicToMiniSecret(mnemonic: string, password = ""): Uint8Array {
  const salt = `mnemonic${password.normalize("NFKD")}`;
  return new Uint8Array(pbkdf2Sync(mnemonicToEntropy(mnemonic), salt, 2048, 64, "sha512").subarray(0, 32));
}

/** The entropy (16 to 32 bytes) of a phrase of 12, 15, 18, 21 or 24 English words, checksum verified. */
export function mnemonicToEntropy(mnemonic: string): Uint8Array {
  const list = mnemonic.normalize("NFKD").trim().split(/\s+/);
  if (list.length < 12 || list.length > 24 || list.length % 3 !== 0)
    throw appError("E_BAD_MNEMONIC", { problem: `it has ${list.length} words` });
  let bits = 0n;
  for (const [position, word] of list.entries()) {
    const index = indexOfWord.get(word);
    if (index === undefined)
      throw appError("E_BAD_MNEMONIC", { problem: `word ${position + 1} is not in the English list` });
    bits = (bits << BigInt(bitsPerWord)) | BigInt(index);
  }
  const checksumBits = list.length / 3;
  const size = (list.length * bitsPerWord - checksumBits) / 8;
  const entropy = new Uint8Array(
    Buffer.from((bits >> BigInt(checksumBits)).toString(16).padStart(size * 2, "0"), "hex"),
  );
  if ((bits & ((1n << BigInt(checksumBits)) - 1n)) !== checksumOf(entropy))
    throw appError("E_BAD_MNEMONIC", { problem: "its checksum is wrong" });
  return entropy;
}

/** The phrase of 16, 20, 24, 28 or 32 bytes of entropy. */
export function entropyToMnemonic(entropy: Uint8Array): string {
  const checksumBits = BigInt(entropy.length / 4);
  const bits = (BigInt(`0x${Buffer.from(entropy).toString("hex")}`) << checksumBits) | checksumOf(entropy);
  const count = (entropy.length * 8 + entropy.length / 4) / bitsPerWord;
  const indices = Array.from({ length: count }, (_, i) =>
    Number((bits >> BigInt(bitsPerWord * (count - 1 - i))) & 2047n),
  );
  return indices.map((index) => words[index]).join(" ");
}

/** The first `length / 4` bits of the SHA-256 of the entropy. */
function checksumOf(entropy: Uint8Array): bigint {
  return BigInt(sha256(entropy)[0]! >> (8 - entropy.length / 4));
}
