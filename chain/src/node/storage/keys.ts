/**
 * Storage keys: twox128(pallet) ++ twox128(item) ++ hasher(key)..., as lower-case hex with `0x`, so that string order is byte order.
 * Hashes are remembered per item and, in a bounded table, per key: account keys come back thousands of times per epoch.
 */
import { bareHex, hexToBytes, utf8 } from "@subnetkit/shared/util/bytes";
import { blake2AsU8a } from "@polkadot/util-crypto/blake2";
import { xxhashAsU8a } from "@polkadot/util-crypto/xxhash";
import { Reader } from "../../spec/cursor.ts";
import type { AnyItem, Hasher } from "../../spec/define.ts";
import { assertNever } from "@subnetkit/shared/util/assertNever";

/** A storage key as `0x` hex. */
export type StorageKey = `0x${string}`;

/** Characters of the part every key of one item shares: `0x` and two 16-byte hashes. */
export const PREFIX_CHARS = 66;

/** Hashed keys remembered; about 20 MB when every one is an account key. */
const MAX_REMEMBERED = 65_536;

const prefixes = new WeakMap<AnyItem, StorageKey>();
const hashed = new Map<string, string>();

/** twox128 of a text, as bare hex: a pallet's or an item's half of a prefix. */
export function twox128(text: string): string {
  return bareHex(xxhashAsU8a(utf8(text), 128));
}

/** The shared start of every key of an item. */
export function itemPrefix(item: AnyItem): StorageKey {
  let prefix = prefixes.get(item);
  if (prefix === undefined) {
    prefix = `0x${twox128(item.pallet)}${twox128(item.name)}`;
    prefixes.set(item, prefix);
  }
  return prefix;
}

/** Full key of an entry, or the prefix of all entries under the first keys of a map. */
export function storageKey(item: AnyItem, keys: readonly unknown[]): StorageKey {
  let key: string = itemPrefix(item);
  for (let i = 0; i < keys.length; i++) {
    const spec = item.keys[i];
    if (spec === undefined) throw new RangeError(`${item.pallet}.${item.name} has ${item.keys.length} keys`);
    key += hashKey(spec.hasher, bareHex(spec.type.enc(keys[i])));
  }
  return key as StorageKey;
}

/** Reads the keys of a map entry back. Only hashers that keep the key (Identity and the Concat ones) can be read. */
export function decodeKeys(item: AnyItem, key: StorageKey): unknown[] {
  const input = new Reader(hexToBytes(key), 32);
  return item.keys.map((spec) => {
    input.take(keptAfter(spec.hasher));
    return spec.type.read(input);
  });
}

function hashKey(hasher: Hasher, encoded: string): string {
  if (hasher === "Identity") return encoded;
  const memo = `${hasher}${encoded}`;
  let result = hashed.get(memo);
  if (result === undefined) {
    result = applyHasher(hasher, hexToBytes(encoded), encoded);
    if (hashed.size >= MAX_REMEMBERED) hashed.clear();
    hashed.set(memo, result);
  }
  return result;
}

function applyHasher(hasher: Exclude<Hasher, "Identity">, key: Uint8Array, encoded: string): string {
  switch (hasher) {
    case "Blake2_128":
      return bareHex(blake2AsU8a(key, 128));
    case "Blake2_256":
      return bareHex(blake2AsU8a(key, 256));
    case "Blake2_128Concat":
      return bareHex(blake2AsU8a(key, 128)) + encoded;
    case "Twox64Concat":
      return bareHex(xxhashAsU8a(key, 64)) + encoded;
    case "Twox128":
      return bareHex(xxhashAsU8a(key, 128));
    case "Twox256":
      return bareHex(xxhashAsU8a(key, 256));
    default:
      return assertNever(hasher);
  }
}

/** Hash bytes in front of a kept key. Throws for a hasher that does not keep it. */
function keptAfter(hasher: Hasher): number {
  switch (hasher) {
    case "Identity":
      return 0;
    case "Blake2_128Concat":
      return 16;
    case "Twox64Concat":
      return 8;
    case "Blake2_128":
    case "Blake2_256":
    case "Twox128":
    case "Twox256":
      throw new RangeError(`${hasher} does not keep the key`);
    default:
      return assertNever(hasher);
  }
}
