import { appError } from "../errors/app-error.ts";
import { concatBytes, utf8 } from "../util/bytes.ts";
import { base58Decode, base58Encode } from "./base58.ts";
import { blake2b512 } from "./hash.ts";

/** The SS58 address format of Bittensor and of generic substrate chains. */
export const ss58Prefix = 42;

const checksumContext = utf8("SS58PRE");
const maxAddressLength = 64;

/** The SS58 address of a 32-byte public key. `prefix` is 0..16383. */
export function encodeAddress(publicKey: Uint8Array, prefix: number = ss58Prefix): string {
  if (publicKey.length !== 32)
    throw appError("E_BAD_KEY", { problem: `a public key has 32 bytes, not ${publicKey.length}` });
  const payload = concatBytes(prefixBytes(prefix), publicKey);
  return base58Encode(concatBytes(payload, checksum(payload)));
}

/**
 * The 32-byte public key of an SS58 address. Throws E_BAD_ADDRESS for anything but the one canonical address of the expected format: an
 * address of another chain (prefix 0 is Polkadot) is more often a mistake than a wish.
 */
export function decodeAddress(address: string, prefix: number = ss58Prefix): Uint8Array {
  const bytes = address.length <= maxAddressLength ? base58Decode(address) : undefined;
  if (bytes === undefined) throw badAddress(address, "it is not base58 of a fitting length");
  const expected = prefixBytes(prefix);
  const payload = bytes.subarray(0, -2);
  if (payload.length !== expected.length + 32) throw badAddress(address, "it does not hold 32 bytes");
  if (!expected.every((byte, i) => payload[i] === byte))
    throw badAddress(address, `its network format is not ${prefix}`);
  const sum = checksum(payload);
  if (sum[0] !== bytes.at(-2) || sum[1] !== bytes.at(-1)) throw badAddress(address, "its checksum is wrong");
  return payload.slice(expected.length);
}

/** True for what {@link decodeAddress} accepts. */
export function isAddress(address: string, prefix: number = ss58Prefix): boolean {
  try {
    decodeAddress(address, prefix);
    return true;
  } catch {
    return false;
  }
}

function checksum(payload: Uint8Array): Uint8Array {
  return blake2b512(concatBytes(checksumContext, payload)).subarray(0, 2);
}

/** One byte below 64, else two: the low 14 bits in the order the SS58 registry defines. */
function prefixBytes(prefix: number): Uint8Array {
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > 16_383)
    throw appError("E_BAD_ADDRESS", { problem: "the network format is not in 0..16383" });
  if (prefix < 64) return Uint8Array.of(prefix);
  return Uint8Array.of(((prefix & 0xfc) >> 2) | 0x40, (prefix >> 8) | ((prefix & 0x03) << 6));
}

/** The address goes into the data only when it is short enough to be one; a mistyped secret must not end up in a log. */
function badAddress(address: string, problem: string): Error {
  const shown = /^[1-9A-HJ-NP-Za-km-z]{40,52}$/.test(address) ? { address } : { length: address.length };
  return appError("E_BAD_ADDRESS", { ...shown, problem });
}
