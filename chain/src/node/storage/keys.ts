/**
 * Storage keys: twox128(pallet) ++ twox128(item) ++ hasher(key)..., as lower-case hex with `0x`, so that string order is byte order.
 * Whole keys are remembered per item in a bounded tree: the same entries are read thousands of times per epoch, and a string that was made once is
 * also hashed only once by the maps it is looked up in.
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

/** Keys and prefixes remembered; about 25 MB when every one has an account in it. */
const MAX_REMEMBERED = 65_536;

/** A key or prefix, and the longer ones by the next key's value. */
interface KeyNode {
  readonly key: StorageKey;
  next: Map<unknown, KeyNode> | undefined;
}

const prefixes = new WeakMap<AnyItem, StorageKey>();
let remembered = new WeakMap<AnyItem, KeyNode>();
let rememberedCount = 0;
let readBack = new Map<StorageKey, readonly unknown[]>();

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

/** Full key of an entry where it is remembered. */
export function knownKey(item: AnyItem, keys: readonly unknown[]): StorageKey | undefined {
  let node = remembered.get(item);
  for (let i = 0; node !== undefined && i < keys.length; i++) node = node.next?.get(keys[i]);
  return node?.key;
}

/** Full key of an entry, or the prefix of all entries under the first keys of a map. */
export function storageKey(item: AnyItem, keys: readonly unknown[]): StorageKey {
  let node = remembered.get(item);
  if (node === undefined) {
    node = { key: itemPrefix(item), next: undefined };
    remembered.set(item, node);
  }
  for (let i = 0; i < keys.length; i++) node = node.next?.get(keys[i]) ?? longer(item, node, i, keys[i]);
  return node.key;
}

function longer(item: AnyItem, node: KeyNode, at: number, value: unknown): KeyNode {
  const spec = item.keys[at];
  if (spec === undefined) throw new RangeError(`${item.pallet}.${item.name} has ${item.keys.length} keys`);
  const key = `${node.key}${hashKey(spec.hasher, spec.type.enc(value))}` as StorageKey;
  const made: KeyNode = { key, next: undefined };
  // A structure is another object each time: nothing would find it again.
  if (typeof value === "object") return made;
  if (rememberedCount >= MAX_REMEMBERED) {
    remembered = new WeakMap();
    rememberedCount = 0;
    return made;
  }
  node.next ??= new Map();
  node.next.set(value, made);
  rememberedCount += 1;
  return made;
}

/** Reads the keys of a map entry back. Only hashers that keep the key (Identity and the Concat ones) can be read. */
export function decodeKeys(item: AnyItem, key: StorageKey): unknown[] {
  const known = readBack.get(key);
  if (known !== undefined) return [...known];
  const input = new Reader(hexToBytes(key), PREFIX_CHARS / 2 - 1);
  const keys = item.keys.map((spec) => {
    input.take(keptAfter(spec.hasher));
    return spec.type.read(input);
  });
  if (keys.every((one) => typeof one !== "object")) {
    if (readBack.size >= MAX_REMEMBERED) readBack = new Map();
    readBack.set(key, [...keys]);
  }
  return keys;
}

function hashKey(hasher: Hasher, key: Uint8Array): string {
  const encoded = bareHex(key);
  return hasher === "Identity" ? encoded : applyHasher(hasher, key, encoded);
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
