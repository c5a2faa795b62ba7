import { appError } from "../errors/app-error.ts";
import { hexToBytes } from "../util/bytes.ts";
import { mnemonicToMiniSecret } from "./mnemonic.ts";

/** The 32-byte seed of the phrase part of a key URI: the hex digits themselves, or the mini secret of the mnemonic. */
export function seedOfPhrase(phrase: string, password: string): Uint8Array {
  if (!phrase.startsWith("0x")) return mnemonicToMiniSecret(phrase, password);
  if (!/^0x[0-9a-fA-F]{64}$/.test(phrase))
    throw appError("E_BAD_KEY_URI", { problem: "a hexadecimal seed has 64 digits after 0x" });
  return hexToBytes(phrase);
}
