/**
 * The chain's storage over time: for every key the values it had, by block. A block adds one diff; the state at any kept block is readable;
 * a snapshot is a block number. Cost: a head read is two map look-ups, an old read adds a short search; memory grows with changes, not with
 * blocks, and `prune` gives back what only older blocks could see.
 */
import { PREFIX_CHARS, type StorageKey } from "./keys.ts";

/** A key's new value; undefined where it was deleted. */
export type Change = readonly [StorageKey, Uint8Array | undefined];

/** Read access to one version of the whole storage. */
export interface RawReader {
  get(key: StorageKey): Uint8Array | undefined;
  /** Present keys that start with `prefix`, ascending, optionally only those after `after`. */
  keys(prefix: StorageKey, after?: StorageKey): Iterable<StorageKey>;
}

interface Version {
  readonly block: number;
  readonly value: Uint8Array | undefined;
}

interface Table {
  readonly versions: Map<StorageKey, Version[]>;
  /** All keys of the table in order; undefined when a key was added or dropped since. */
  sorted: StorageKey[] | undefined;
}

/** The start of a key that decides its table. */
export function tableOf(key: StorageKey): string {
  return key.length > PREFIX_CHARS ? key.slice(0, PREFIX_CHARS) : key;
}

/** All versions of the storage that are still kept. */
export class VersionedStore {
  private readonly tables = new Map<string, Table>();
  /** Keys changed per block: what pruning and reverting have to look at. */
  private readonly touched = new Map<number, StorageKey[]>();
  private firstKept = 0;

  /** Oldest block whose state is readable. */
  get oldest(): number {
    return this.firstKept;
  }

  /** Adds the changes of a block. Blocks come in ascending order. */
  apply(block: number, changes: Iterable<Change>): void {
    const keys: StorageKey[] = [];
    for (const [key, value] of changes) {
      const table = this.table(key);
      const versions = table.versions.get(key);
      if (versions === undefined) {
        table.versions.set(key, [{ block, value }]);
        table.sorted = undefined;
      } else {
        versions.push({ block, value });
      }
      keys.push(key);
    }
    this.touched.set(block, keys);
  }

  /** Read access as of a block (the state after it). */
  at(block: number): RawReader {
    return {
      get: (key) => latest(this.tables.get(tableOf(key))?.versions.get(key), block)?.value,
      keys: (prefix, after) => this.keysAt(block, prefix, after),
    };
  }

  /** Forgets states before `block`; values still seen at `block` stay. */
  prune(block: number): void {
    for (let old = this.firstKept + 1; old <= block; old++) {
      for (const key of this.touched.get(old) ?? []) this.dropBefore(key, block);
      this.touched.delete(old);
    }
    this.touched.delete(this.firstKept);
    this.firstKept = Math.max(this.firstKept, block);
  }

  /** Forgets states after `block`. */
  revertTo(block: number): void {
    for (const [number, keys] of [...this.touched]) {
      if (number <= block) continue;
      for (const key of keys) this.dropAfter(key, block);
      this.touched.delete(number);
    }
  }

  /** Starts history at `block` instead of 0: for a store filled from a snapshot. */
  startAt(block: number): void {
    this.firstKept = block;
  }

  /** Number of keys present at a block: a full scan, for status pages and snapshots. */
  *entries(block: number): Iterable<readonly [StorageKey, Uint8Array]> {
    for (const table of this.tables.values()) {
      for (const [key, versions] of table.versions) {
        const value = latest(versions, block)?.value;
        if (value !== undefined) yield [key, value];
      }
    }
  }

  private dropBefore(key: StorageKey, block: number): void {
    const name = tableOf(key);
    const table = this.tables.get(name);
    const versions = table?.versions.get(key);
    if (table === undefined || versions === undefined) return;
    let seen = 0;
    while (seen + 1 < versions.length && (versions[seen + 1] as Version).block <= block) seen += 1;
    if (seen > 0) versions.splice(0, seen);
    const only = versions.length === 1 ? versions[0] : undefined;
    if (only !== undefined && only.value === undefined && only.block <= block) {
      table.versions.delete(key);
      table.sorted = undefined;
      if (table.versions.size === 0) this.tables.delete(name);
    }
  }

  private dropAfter(key: StorageKey, block: number): void {
    const name = tableOf(key);
    const table = this.tables.get(name);
    const versions = table?.versions.get(key);
    if (table === undefined || versions === undefined) return;
    while ((versions[versions.length - 1]?.block ?? block) > block) versions.pop();
    if (versions.length > 0) return;
    table.versions.delete(key);
    table.sorted = undefined;
    if (table.versions.size === 0) this.tables.delete(name);
  }

  private *keysAt(block: number, prefix: StorageKey, after: StorageKey | undefined): Iterable<StorageKey> {
    for (const table of this.tablesUnder(prefix)) {
      table.sorted ??= [...table.versions.keys()].sort();
      const keys = table.sorted;
      for (let i = lowerBound(keys, after !== undefined && after > prefix ? after : prefix); i < keys.length; i++) {
        const key = keys[i] as StorageKey;
        if (!key.startsWith(prefix)) break;
        if (after !== undefined && key <= after) continue;
        if (latest(table.versions.get(key), block)?.value !== undefined) yield key;
      }
    }
  }

  private tablesUnder(prefix: StorageKey): Table[] {
    if (prefix.length >= PREFIX_CHARS) {
      const table = this.tables.get(tableOf(prefix));
      return table === undefined ? [] : [table];
    }
    const names = [...this.tables.keys()].filter((name) => name.startsWith(prefix)).sort();
    return names.map((name) => this.tables.get(name) as Table);
  }

  private table(key: StorageKey): Table {
    const name = tableOf(key);
    let table = this.tables.get(name);
    if (table === undefined) {
      table = { versions: new Map(), sorted: undefined };
      this.tables.set(name, table);
    }
    return table;
  }
}

/** The last version at or before a block. Searched from the end: reads at the head are the common case. */
function latest(versions: readonly Version[] | undefined, block: number): Version | undefined {
  if (versions === undefined) return undefined;
  const last = versions[versions.length - 1] as Version;
  if (last.block <= block) return last;
  let low = 0;
  let high = versions.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((versions[middle] as Version).block <= block) low = middle + 1;
    else high = middle;
  }
  return versions[low - 1];
}

/** First position whose key is not below `key`. */
export function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
