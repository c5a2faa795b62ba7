import { decodeAddress } from "../crypto/ss58.ts";
import { createBoundedMap } from "../util/boundedMap.ts";

const addressPattern = /^5[1-9A-HJ-NP-Za-km-z]{46,47}$/;

/** True for text that has the shape of an SS58 address of network 42; whether its checksum is right, only {@link publicKeyOf} knows. */
export function isHotkeyAddress(text: string): boolean {
  return addressPattern.test(text);
}

/** Decoded addresses; a subnet has 256 hotkeys, and decoding costs as much as all the other checks of a request's headers. */
const publicKeys = createBoundedMap<string, Uint8Array>(1_024);

/** The 32 bytes behind an address, remembered; undefined when it is none. */
export function publicKeyOf(address: string): Uint8Array | undefined {
  const known = publicKeys.get(address);
  if (known !== undefined) return known;
  try {
    const publicKey = decodeAddress(address);
    publicKeys.set(address, publicKey);
    return publicKey;
  } catch {
    return undefined;
  }
}
