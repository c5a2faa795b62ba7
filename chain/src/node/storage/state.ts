/**
 * Typed access to storage with nested overlays. A block runs on one state; an extrinsic, a batch and every dispatch open a layer with `begin`
 * and end it with `commit` or `rollback`, so a failed call leaves nothing. Layers hold changes only: opening one is O(1).
 */
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import type { AnyItem, KeysOf, QueryOf, StoredOf } from "../../spec/define.ts";
import { decodeKeys, itemPrefix, PREFIX_CHARS, type StorageKey, storageKey } from "./keys.ts";
import { type Change, type RawReader, tableOf } from "./versions.ts";

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

/** Changes, and their keys by table for walks. */
class Layer {
  readonly values = new Map<StorageKey, Uint8Array | undefined>();
  readonly tables = new Map<string, StorageKey[]>();

  set(key: StorageKey, value: Uint8Array | undefined): void {
    if (!this.values.has(key)) {
      const name = tableOf(key);
      const keys = this.tables.get(name);
      if (keys === undefined) this.tables.set(name, [key]);
      else keys.push(key);
    }
    this.values.set(key, value);
  }
}

/** A state over a read-only base. Changes collect in layers; {@link OverlayState.changes} hands out what the bottom layer holds. */
export class OverlayState implements State {
  private readonly base: RawReader;
  private readonly layers: Layer[] = [new Layer()];

  constructor(base: RawReader) {
    this.base = base;
  }

  get<I extends AnyItem>(item: I, ...keys: KeysOf<I>): QueryOf<I> {
    const raw = this.getRaw(storageKey(item, keys));
    return (raw === undefined ? item.missing() : item.value.dec(raw)) as QueryOf<I>;
  }

  put<I extends AnyItem>(item: I, keys: KeysOf<I>, value: StoredOf<I>): void {
    this.putRaw(fullKey(item, keys), item.value.enc(value));
  }

  mutate<I extends AnyItem>(
    item: I,
    keys: KeysOf<I>,
    change: (value: QueryOf<I>) => StoredOf<I> | undefined,
  ): StoredOf<I> | undefined {
    const next = change(this.get(item, ...keys));
    this.putRaw(fullKey(item, keys), next === undefined ? undefined : item.value.enc(next));
    return next;
  }

  kill<I extends AnyItem>(item: I, ...keys: KeysOf<I>): void {
    this.putRaw(fullKey(item, keys), undefined);
  }

  killPrefix<I extends AnyItem>(item: I, ...keys: KeyPrefix<KeysOf<I>>): number {
    const found = [...this.keysRaw(storageKey(item, keys as readonly unknown[]))];
    for (const key of found) this.putRaw(key, undefined);
    return found.length;
  }

  has<I extends AnyItem>(item: I, ...keys: KeysOf<I>): boolean {
    return this.getRaw(storageKey(item, keys)) !== undefined;
  }

  *iterate<I extends AnyItem>(
    item: I,
    ...keys: KeyPrefix<KeysOf<I>>
  ): Iterable<{ keys: KeysOf<I>; value: StoredOf<I> }> {
    for (const key of [...this.keysRaw(storageKey(item, keys as readonly unknown[]))]) {
      const raw = this.getRaw(key);
      if (raw !== undefined)
        yield { keys: decodeKeys(item, key) as unknown as KeysOf<I>, value: item.value.dec(raw) as StoredOf<I> };
    }
  }

  getRaw(key: StorageKey): Uint8Array | undefined {
    for (let i = this.layers.length - 1; i >= 0; i--) {
      const { values } = this.layers[i] as Layer;
      const value = values.get(key);
      if (value !== undefined || values.has(key)) return value;
    }
    return this.base.get(key);
  }

  putRaw(key: StorageKey, value: Uint8Array | undefined): void {
    (this.layers[this.layers.length - 1] as Layer).set(key, value);
  }

  keysRaw(prefix: StorageKey, after?: StorageKey): Iterable<StorageKey> {
    const changed = this.changedUnder(prefix);
    if (changed.size === 0) return this.base.keys(prefix, after);
    const keys: StorageKey[] = [];
    for (const key of this.base.keys(prefix, after)) if (!changed.has(key)) keys.push(key);
    for (const [key, value] of changed) if (value !== undefined && (after === undefined || key > after)) keys.push(key);
    return keys.sort();
  }

  begin(): void {
    this.layers.push(new Layer());
  }

  commit(): void {
    const top = this.end();
    const below = this.layers[this.layers.length - 1] as Layer;
    for (const [key, value] of top.values) below.set(key, value);
  }

  rollback(): void {
    this.end();
  }

  /** The collected changes in key order, without those that change nothing. All layers above the bottom must have ended. */
  changes(): Change[] {
    if (this.layers.length !== 1) throw new RangeError("a storage layer is still open");
    const changes: Change[] = [];
    for (const [key, value] of (this.layers[0] as Layer).values)
      if (!same(this.base.get(key), value)) changes.push([key, value]);
    return changes.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** What a key held before any change. */
  before(key: StorageKey): Uint8Array | undefined {
    return this.base.get(key);
  }

  private end(): Layer {
    if (this.layers.length === 1) throw new RangeError("no storage layer is open");
    return this.layers.pop() as Layer;
  }

  private changedUnder(prefix: StorageKey): Map<StorageKey, Uint8Array | undefined> {
    const changed = new Map<StorageKey, Uint8Array | undefined>();
    for (const { values, tables } of this.layers) {
      const lists =
        prefix.length >= PREFIX_CHARS
          ? [tables.get(tableOf(prefix))]
          : [...tables].filter(([name]) => name.startsWith(prefix)).map(([, keys]) => keys);
      for (const keys of lists)
        for (const key of keys ?? []) if (key.startsWith(prefix)) changed.set(key, values.get(key));
    }
    return changed;
  }
}

function fullKey(item: AnyItem, keys: readonly unknown[]): StorageKey {
  if (keys.length !== item.keys.length)
    throw new RangeError(`${item.pallet}.${item.name} takes ${item.keys.length} keys`);
  return item.keys.length === 0 ? itemPrefix(item) : storageKey(item, keys);
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** The well-known key `:code`: clients take its hash for the runtime's identity. */
export const CODE_KEY: StorageKey = `0x${Buffer.from(":code").toString("hex")}`;

/** A raw key from hex of any case. Throws E_BAD_HEX. */
export function rawKey(hex: string): StorageKey {
  return `0x${Buffer.from(hexToBytes(hex)).toString("hex")}`;
}
