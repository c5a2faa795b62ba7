import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { decodeAddress, encodeAddress } from "@subnetkit/shared/crypto/ss58";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { quoted, usage } from "../usage.ts";

/** A path from the public development phrase: `//Alice`, `//Miner//1//hot`. Nothing with a phrase of its own: that would be a secret. */
const DEV_URI = /^(\/\/[\w.-]+)+$/;

/** True for a key of the public development phrase. Nothing else that names a key may stand on a command line. */
export function isDevUri(text: string): boolean {
  return DEV_URI.test(text);
}

/**
 * An account as people write it, as an SS58 address: an address, a public key in hex, or a development URI (`//Alice`). Throws E_USAGE; the text is
 * shown only where it cannot be a secret.
 */
export function addressWord(name: string, text: string): string {
  if (isDevUri(text)) return keypairFromUri(text).address;
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return encodeAddress(hexToBytes(text));
  try {
    decodeAddress(text);
    return text;
  } catch (cause) {
    if (!isAppError(cause)) throw cause;
    const shown = /^\S{1,52}$/.test(text) ? `, not ${quoted(text)}` : "";
    const hint = /^[A-Za-z]\w{0,31}$/.test(text) ? ` (did you mean //${text}?)` : "";
    const why = /^5[1-9A-HJ-NP-Za-km-z]{40,50}$/.test(text) ? `: ${String(cause.data["problem"])}` : "";
    throw usage(`${name} wants an account: an SS58 address, a public key in 0x hex, or //Alice${shown}${hint}${why}`);
  }
}
