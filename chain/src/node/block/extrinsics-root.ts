/**
 * The extrinsics root as Substrate makes it: the root of a radix-16 trie (Blake2-256, layout 0) that maps the compact form of each index to the
 * extrinsic's bytes. No key is the start of another, so no branch has a value.
 */
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex, concatBytes } from "@subnetkit/shared/util/bytes";
import { compact, u32 } from "../../spec/scale/numbers.ts";

const compactU32 = compact(u32);
/** Bits of a node's first byte that say what it is; the other six count the nibbles of its part of the key. */
const LEAF = 0x40;
const BRANCH = 0x80;
/** Counts from here on go into further bytes. */
const MANY_NIBBLES = 63;
const HASH_BYTES = 32;

interface Entry {
  readonly nibbles: readonly number[];
  readonly value: Uint8Array;
}

/** Root over the extrinsics of a block, each with its length prefix. */
export function extrinsicsRoot(body: readonly Uint8Array[]): string {
  const entries = body.map((value, index) => ({ nibbles: keyOf(index), value }));
  return bytesToHex(blake2b256(entries.length === 0 ? Uint8Array.of(0) : encodeNode(entries, 0)));
}

/** A node over entries that share their key up to `depth`. */
function encodeNode(entries: readonly Entry[], depth: number): Uint8Array {
  const [first] = entries;
  if (first === undefined) throw new RangeError("a node has entries");
  if (entries.length === 1) {
    const { nibbles, value } = first;
    return concatBytes(nodeHead(LEAF, nibbles.slice(depth)), compactU32.enc(value.length), value);
  }
  let end = depth;
  while (entries.every(({ nibbles }) => nibbles[end] === first.nibbles[end])) end += 1;
  const parts = [nodeHead(BRANCH, first.nibbles.slice(depth, end)), new Uint8Array(2)];
  let children = 0;
  for (let nibble = 0; nibble < 16; nibble++) {
    const below = entries.filter(({ nibbles }) => nibbles[end] === nibble);
    if (below.length === 0) continue;
    children |= 1 << nibble;
    const child = encodeNode(below, end + 1);
    const reference = child.length < HASH_BYTES ? child : blake2b256(child);
    parts.push(compactU32.enc(reference.length), reference);
  }
  parts[1] = Uint8Array.of(children & 0xff, children >> 8);
  return concatBytes(...parts);
}

function nodeHead(kind: number, nibbles: readonly number[]): Uint8Array {
  if (nibbles.length >= MANY_NIBBLES) throw new RangeError("keys of a block's extrinsics are short");
  const head = [kind | nibbles.length];
  // An odd nibble comes first, in a byte of its own.
  if (nibbles.length % 2 === 1) head.push(nibbles[0] ?? 0);
  for (let at = nibbles.length % 2; at < nibbles.length; at += 2)
    head.push(((nibbles[at] ?? 0) << 4) | (nibbles[at + 1] ?? 0));
  return Uint8Array.from(head);
}

/** Keys by index: they are the same in every block, and a block has some thousands of extrinsics at most. */
const keys: number[][] = [];

function keyOf(index: number): readonly number[] {
  for (let next = keys.length; next <= index; next++)
    keys.push([...compactU32.enc(next)].flatMap((byte) => [byte >> 4, byte & 15]));
  return keys[index] as number[];
}
