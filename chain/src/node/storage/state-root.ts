/**
 * The state root: the sum, modulo 2^256, of SHA-256(key length as u32, key, value) over all entries, as 32 big-endian bytes. Adding, changing or
 * deleting an entry adds or subtracts its own term, so a block costs what it changes, equal states have equal roots whatever the way to them, and
 * taking changes back gives the old root back. What it is worth and what it is not: docs/decisions/0007-state-root.md.
 */
import { hash } from "node:crypto";
import type { StorageKey } from "./keys.ts";
import type { Change } from "./versions.ts";

const LANES = 8;
const LANE = 2 ** 32;
/** Terms that lanes of doubles take before their carries must be settled. */
const MAX_UNSETTLED = 2 ** 20;

/** Root of the state without entries. */
export const EMPTY_STATE_ROOT = `0x${"00".repeat(32)}`;

/** The root after changes to a state of this root. `before` reads the state before them; no key may come twice. */
export function nextStateRoot(
  root: string,
  changes: Iterable<Change>,
  before: (key: StorageKey) => Uint8Array | undefined,
): string {
  const sum = new RunningSum(root);
  for (const [key, value] of changes) {
    const old = before(key);
    const keyEnd = writeKey(key);
    if (old !== undefined) {
      const known = terms.get(key);
      sum.move(known?.value === old ? known.term : termOf(keyEnd, old), -1);
    }
    if (value !== undefined) {
      const term = termOf(keyEnd, value);
      sum.move(term, 1);
      // What had a value before will have another; what is new mostly stays.
      if (old !== undefined) remember(key, value, term);
    }
  }
  return sum.finish();
}

function remember(key: StorageKey, value: Uint8Array, term: string): void {
  const known = terms.get(key);
  if (known !== undefined) {
    known.value = value;
    known.term = term;
    return;
  }
  if (terms.size >= MAX_TERMS) terms.clear();
  terms.set(key, { value, term });
}

/** Entries whose newest term is remembered: more than an epoch changes, and what a block takes off was put there by one before. */
const MAX_TERMS = 16_384;

/** The term of the value that a key was given last. It holds for these very bytes, not for the key: states have many branches. */
const terms = new Map<StorageKey, { value: Uint8Array; term: string }>();

/** The root of a whole state. No key may come twice. */
export function stateRootOf(entries: Iterable<readonly [StorageKey, Uint8Array]>): string {
  return nextStateRoot(EMPTY_STATE_ROOT, entries, () => undefined);
}

/** A root on its way between its text and its lanes. */
const digits = Buffer.alloc(32);

/** A 256-bit number as eight lanes of 32 bits, lowest first; a lane may hold more, or less than nothing, until carries are settled. */
class RunningSum {
  private readonly lanes = new Float64Array(LANES);
  private unsettled = 0;

  constructor(root: string) {
    digits.write(root.slice(2), "hex");
    for (let lane = 0; lane < LANES; lane++) this.lanes[lane] = digits.readUInt32BE(28 - 4 * lane);
  }

  /** Adds or subtracts a term: 32 bytes, the highest first, as characters. */
  move(term: string, sign: 1 | -1): void {
    for (let lane = 0; lane < LANES; lane++) {
      const at = 28 - 4 * lane;
      const part =
        term.charCodeAt(at) * 0x100_0000 +
        ((term.charCodeAt(at + 1) << 16) | (term.charCodeAt(at + 2) << 8) | term.charCodeAt(at + 3));
      this.lanes[lane] = (this.lanes[lane] as number) + sign * part;
    }
    this.unsettled += 1;
    if (this.unsettled === MAX_UNSETTLED) this.settle();
  }

  finish(): string {
    this.settle();
    for (let lane = 0; lane < LANES; lane++) digits.writeUInt32BE(this.lanes[lane] as number, 28 - 4 * lane);
    return `0x${digits.toString("hex")}`;
  }

  /** Brings every lane back into 32 bits. What leaves the highest is dropped: the sum is modulo 2^256. */
  private settle(): void {
    let carry = 0;
    for (let lane = 0; lane < LANES; lane++) {
      const value = (this.lanes[lane] as number) + carry;
      carry = Math.floor(value / LANE);
      this.lanes[lane] = value - carry * LANE;
    }
    this.unsettled = 0;
  }
}

/** Bytes of the entry whose term is made: the key's part stays for its next value. */
let scratch = Buffer.alloc(4_096);

/** Writes the key's part; returns where the value goes. */
function writeKey(key: StorageKey): number {
  const keyBytes = key.length / 2 - 1;
  reserve(4 + keyBytes, 0);
  scratch.writeUInt32LE(keyBytes, 0);
  scratch.write(key.slice(2), 4, "hex");
  return 4 + keyBytes;
}

function termOf(keyEnd: number, value: Uint8Array): string {
  reserve(keyEnd + value.length, keyEnd);
  scratch.set(value, keyEnd);
  return hash("sha256", scratch.subarray(0, keyEnd + value.length), "binary");
}

function reserve(length: number, kept: number): void {
  if (length <= scratch.length) return;
  const grown = Buffer.alloc(2 * length);
  scratch.copy(grown, 0, 0, kept);
  scratch = grown;
}
