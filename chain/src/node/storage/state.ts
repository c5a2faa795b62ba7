/**
 * Typed access to storage with nested overlays. A block runs on one state; an extrinsic, a batch and every dispatch open a layer with `begin`
 * and end it with `commit` or `rollback`, so a failed call leaves nothing. Layers hold changes only: opening one is O(1).
 */
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import type { AnyItem, KeysOf, QueryOf, StoredOf } from "../../spec/define.ts";
import { decodeKeys, itemPrefix, knownKey, PREFIX_CHARS, type StorageKey, storageKey } from "./keys.ts";
import { type Change, NO_CONTENT, type RawReader, tableOf } from "./versions.ts";

/** The first keys of a map: the part shared by the entries to walk. */
export type KeyPrefix<K> = K extends readonly [...infer Head, unknown]
  ? K | KeyPrefix<Head>
  : K extends readonly []
    ? readonly []
    : readonly unknown[];

/** Storage as pallets see it. Values are decoded copies: changing one changes nothing until it is put. */
export interface State {
  /** Value of an entry; the item's default, or undefined where the item is optional, when it is absent. */
  get<I extends AnyItem>(item: I, ...keys: KeysOf<I>): QueryOf<I>;
  /** Writes an entry. */
  put<I extends AnyItem>(item: I, keys: KeysOf<I>, value: StoredOf<I>): void;
  /** Writes an entry unless it holds this number or text already: most of what every block writes does not change. */
  keep<I extends AnyItem>(item: I, keys: KeysOf<I>, value: StoredOf<I> & (number | bigint | string | boolean)): void;
  /** Reads, changes and writes an entry; returning undefined deletes it. Returns what was written. */
  mutate<I extends AnyItem>(
    item: I,
    keys: KeysOf<I>,
    change: (value: QueryOf<I>) => StoredOf<I> | undefined,
  ): StoredOf<I> | undefined;
  /** Deletes an entry. */
  kill<I extends AnyItem>(item: I, ...keys: KeysOf<I>): void;
  /** Deletes all entries under the first keys; returns how many there were. */
  killPrefix<I extends AnyItem>(item: I, ...keys: KeyPrefix<KeysOf<I>>): number;
  /** True when the entry is stored, whatever its value. */
  has<I extends AnyItem>(item: I, ...keys: KeysOf<I>): boolean;
  /** Entries under the first keys, in key order, as of the call: changing storage while walking is safe. */
  iterate<I extends AnyItem>(item: I, ...keys: KeyPrefix<KeysOf<I>>): Iterable<{ keys: KeysOf<I>; value: StoredOf<I> }>;
  /**
   * Something made of entries of one item alone, remembered for as long as none of them changes. What it returns is shared: nobody changes it. `make` is
   * a function of the module, the same each time.
   */
  derived<I extends AnyItem, T>(item: I, make: (state: StateView) => T): T;
  /** Raw value of a key. */
  getRaw(key: StorageKey): Uint8Array | undefined;
  /** Writes or, with undefined, deletes a raw key. */
  putRaw(key: StorageKey, value: Uint8Array | undefined): void;
  /** Present raw keys with a prefix, ascending, optionally only those after `after`. */
  keysRaw(prefix: StorageKey, after?: StorageKey): Iterable<StorageKey>;
  /** Opens a layer. */
  begin(): void;
  /** Ends the newest layer and keeps its changes. */
  commit(): void;
  /** Ends the newest layer and drops its changes. */
  rollback(): void;
}

/** Storage to be read only. */
export type StateView = Pick<State, "get" | "has" | "iterate" | "derived" | "getRaw" | "keysRaw">;

/** Stands for a deleted entry among the changes; never handed out. */
const GONE = new Uint8Array(0);

/** What a derived value is made by. */
type Maker = (state: StateView) => unknown;

/** Derived values by what they were made of: they go when the last state with that content does. */
const derivedFrom = new WeakMap<object, Map<Maker, unknown>>();

/**
 * A state over a read-only base. It holds its changes, and of every open layer what that layer wrote over, so that reading takes one look-up whatever
 * the depth, committing costs nothing and rolling back writes the old values back.
 */
export class OverlayState implements State {
  private readonly base: RawReader;
  private readonly values = new Map<StorageKey, Uint8Array>();
  /** The changed keys of every table, for walks. */
  private readonly tables = new Map<string, StorageKey[]>();
  /** Keys written inside of layers, oldest first, and what they held among the changes before. */
  private readonly writtenKeys: StorageKey[] = [];
  private readonly writtenOver: (Uint8Array | undefined)[] = [];
  /** Lengths of the above when each open layer began. */
  private readonly layers: number[] = [];

  constructor(base: RawReader) {
    this.base = base;
  }

  get<I extends AnyItem>(item: I, ...keys: KeysOf<I>): QueryOf<I> {
    const raw = this.read(item, keys);
    return (raw === undefined ? item.missing() : item.value.dec(raw)) as QueryOf<I>;
  }

  put<I extends AnyItem>(item: I, keys: KeysOf<I>, value: StoredOf<I>): void {
    this.write(itemPrefix(item), fullKey(item, keys), item.value.enc(value));
  }

  keep<I extends AnyItem>(item: I, keys: KeysOf<I>, value: StoredOf<I> & (number | bigint | string | boolean)): void {
    const raw = this.read(item, keys);
    if (raw === undefined || item.value.dec(raw) !== value) this.put(item, keys, value);
  }

  mutate<I extends AnyItem>(
    item: I,
    keys: KeysOf<I>,
    change: (value: QueryOf<I>) => StoredOf<I> | undefined,
  ): StoredOf<I> | undefined {
    const next = change(this.get(item, ...keys));
    this.write(itemPrefix(item), fullKey(item, keys), next === undefined ? undefined : item.value.enc(next));
    return next;
  }

  kill<I extends AnyItem>(item: I, ...keys: KeysOf<I>): void {
    if (keys.length === item.keys.length && this.isEmpty(item)) return;
    this.write(itemPrefix(item), fullKey(item, keys), undefined);
  }

  killPrefix<I extends AnyItem>(item: I, ...keys: KeyPrefix<KeysOf<I>>): number {
    if (this.isEmpty(item)) return 0;
    const found = [...this.keysRaw(storageKey(item, keys as readonly unknown[]))];
    for (const key of found) this.putRaw(key, undefined);
    return found.length;
  }

  has<I extends AnyItem>(item: I, ...keys: KeysOf<I>): boolean {
    return this.read(item, keys) !== undefined;
  }

  *iterate<I extends AnyItem>(
    item: I,
    ...keys: KeyPrefix<KeysOf<I>>
  ): Iterable<{ keys: KeysOf<I>; value: StoredOf<I> }> {
    if (this.isEmpty(item)) return;
    for (const key of [...this.keysRaw(storageKey(item, keys as readonly unknown[]))]) {
      const raw = this.getRaw(key);
      if (raw !== undefined)
        yield { keys: decodeKeys(item, key) as unknown as KeysOf<I>, value: item.value.dec(raw) as StoredOf<I> };
    }
  }

  derived<I extends AnyItem, T>(item: I, make: (state: StateView) => T): T {
    const table = itemPrefix(item);
    const content = this.changedIn(table) ? undefined : this.base.contentOf?.(table);
    if (content === undefined) return make(this);
    let known = derivedFrom.get(content);
    if (known === undefined) {
      known = new Map();
      derivedFrom.set(content, known);
    }
    if (known.has(make)) return known.get(make) as T;
    const value = make(this);
    known.set(make, value);
    return value;
  }

  getRaw(key: StorageKey): Uint8Array | undefined {
    const value = this.values.get(key);
    if (value === undefined) return this.base.get(key);
    return value === GONE ? undefined : value;
  }

  putRaw(key: StorageKey, value: Uint8Array | undefined): void {
    this.write(tableOf(key), key, value);
  }

  keysRaw(prefix: StorageKey, after?: StorageKey): Iterable<StorageKey> {
    const changed = this.changedUnder(prefix);
    if (changed === undefined) return this.base.keys(prefix, after);
    const keys: StorageKey[] = [];
    for (const key of this.base.keys(prefix, after)) if (!changed.has(key)) keys.push(key);
    for (const [key, value] of changed) if (value !== GONE && (after === undefined || key > after)) keys.push(key);
    return keys.sort();
  }

  begin(): void {
    this.layers.push(this.writtenKeys.length);
  }

  commit(): void {
    this.end();
    if (this.layers.length > 0) return;
    this.writtenKeys.length = 0;
    this.writtenOver.length = 0;
  }

  rollback(): void {
    const begun = this.end();
    for (let i = this.writtenKeys.length - 1; i >= begun; i--) {
      const key = this.writtenKeys[i] as StorageKey;
      const before = this.writtenOver[i];
      if (before !== undefined) this.values.set(key, before);
      else {
        this.values.delete(key);
        // Keys left their tables in the reverse of the order they came in: this one is the last.
        this.tables.get(tableOf(key))?.pop();
      }
    }
    this.writtenKeys.length = begun;
    this.writtenOver.length = begun;
  }

  /** The collected changes in key order, without those that change nothing. All layers must have ended. */
  changes(): Change[] {
    if (this.layers.length > 0) throw new RangeError("a storage layer is still open");
    const changes: Change[] = [];
    for (const [key, written] of this.values) {
      const value = written === GONE ? undefined : written;
      if (!same(this.base.get(key), value)) changes.push([key, value]);
    }
    return changes.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** What a key held before any change. */
  before(key: StorageKey): Uint8Array | undefined {
    return this.base.get(key);
  }

  private read(item: AnyItem, keys: readonly unknown[]): Uint8Array | undefined {
    const known = knownKey(item, keys);
    if (known !== undefined) return this.getRaw(known);
    // Hashing keys costs more than anything else here, and most tables of a chain are empty.
    return this.isEmpty(item) ? undefined : this.getRaw(storageKey(item, keys));
  }

  /** True when no entry of an item is stored. False says nothing. */
  private isEmpty(item: AnyItem): boolean {
    const table = itemPrefix(item);
    return !this.changedIn(table) && this.base.contentOf?.(table) === NO_CONTENT;
  }

  private changedIn(table: string): boolean {
    const keys = this.tables.get(table);
    return keys !== undefined && keys.length > 0;
  }

  private write(table: string, key: StorageKey, value: Uint8Array | undefined): void {
    const before = this.values.get(key);
    if (this.layers.length > 0) {
      this.writtenKeys.push(key);
      this.writtenOver.push(before);
    }
    this.values.set(key, value ?? GONE);
    if (before !== undefined) return;
    const keys = this.tables.get(table);
    if (keys === undefined) this.tables.set(table, [key]);
    else keys.push(key);
  }

  /** Closes the newest layer; returns how much was written before it began. */
  private end(): number {
    const begun = this.layers.pop();
    if (begun === undefined) throw new RangeError("no storage layer is open");
    return begun;
  }

  /** The changes under a prefix; undefined where there are none. */
  private changedUnder(prefix: StorageKey): Map<StorageKey, Uint8Array> | undefined {
    const lists =
      prefix.length >= PREFIX_CHARS
        ? [this.tables.get(tableOf(prefix))]
        : [...this.tables].filter(([name]) => name.startsWith(prefix)).map(([, keys]) => keys);
    let changed: Map<StorageKey, Uint8Array> | undefined;
    for (const keys of lists)
      for (const key of keys ?? [])
        if (key.startsWith(prefix)) {
          changed ??= new Map();
          changed.set(key, this.values.get(key) as Uint8Array);
        }
    return changed;
  }
}

function fullKey(item: AnyItem, keys: readonly unknown[]): StorageKey {
  if (keys.length !== item.keys.length)
    throw new RangeError(`${item.pallet}.${item.name} takes ${item.keys.length} keys`);
  return item.keys.length === 0 ? itemPrefix(item) : storageKey(item, keys);
}

/** Up to here a loop is quicker than a call into the runtime. */
const SHORT = 64;

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined || a === b) return a === b;
  if (a.length !== b.length) return false;
  if (a.length > SHORT) return Buffer.compare(a, b) === 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The well-known key `:code`: clients take its hash for the runtime's identity. */
export const CODE_KEY: StorageKey = `0x${Buffer.from(":code").toString("hex")}`;

/** A raw key from hex of any case. Throws E_BAD_HEX. */
export function rawKey(hex: string): StorageKey {
  return `0x${Buffer.from(hexToBytes(hex)).toString("hex")}`;
}
