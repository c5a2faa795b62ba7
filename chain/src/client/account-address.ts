import { encodeAddress } from "@subnetkit/shared/crypto/ss58";
import { createBoundedMap } from "@subnetkit/shared/util/boundedMap";

/**
 * Addresses by the bytes of the account. A subnet has the same few thousand hotkeys and coldkeys in every block, and an address costs a BLAKE2b and a long
 * division: most of what reading a metagraph took. Room for the largest subnet twice over; a few hundred bytes each.
 */
const known = createBoundedMap<string, string>(16_384);

/** The ss58 address of a 32-byte account. Throws E_BAD_KEY for another length. */
export function accountAddress(account: Uint8Array): string {
  const key = Buffer.from(account.buffer, account.byteOffset, account.byteLength).toString("latin1");
  const found = known.get(key);
  if (found !== undefined) return found;
  const address = encodeAddress(account);
  known.set(key, address);
  return address;
}
