import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { timelockDecrypt } from "@subnetkit/shared/crypto/timelock";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { bareHex } from "@subnetkit/shared/util/bytes";

/** Bytes of messages remembered, what names them included. */
const MAX_REMEMBERED_BYTES = 8 * 1024 * 1024;
/** What an entry takes besides its message, about. */
const ENTRY_BYTES = 400;

/** Messages by their ciphertext and the signature that opens it; undefined where it does not. The oldest first. */
const opened = new Map<string, Uint8Array | undefined>();
let openedBytes = 0;

/**
 * The message of a timelock by the beacon's signature of its round; undefined when it is malformed or does not open. Opening one takes about 20 ms and
 * has no other outcome the next time, so it is done once: ahead of the block that needs it, where there was time ({@link openAhead}). Shared: nobody
 * changes it.
 */
export function openTimelock(ciphertext: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  const name = nameOf(ciphertext, signature);
  if (opened.has(name)) return opened.get(name);
  const message = decrypted(ciphertext, signature);
  opened.set(name, message);
  openedBytes += sizeOf(message);
  for (const [oldest, old] of opened) {
    if (openedBytes <= MAX_REMEMBERED_BYTES) break;
    opened.delete(oldest);
    openedBytes -= sizeOf(old);
  }
  return message;
}

/** True when opening a timelock takes no time any more. */
export function isOpened(ciphertext: Uint8Array, signature: Uint8Array): boolean {
  return opened.has(nameOf(ciphertext, signature));
}

function decrypted(ciphertext: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  try {
    return timelockDecrypt(ciphertext, signature);
  } catch (cause) {
    if (!isAppError(cause)) throw cause;
    return undefined;
  }
}

const sizeOf = (message: Uint8Array | undefined): number => ENTRY_BYTES + (message?.length ?? 0);
const nameOf = (ciphertext: Uint8Array, signature: Uint8Array): string =>
  `${bareHex(signature)}:${sha256Hex(ciphertext)}`;
