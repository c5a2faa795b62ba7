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
  /**
   * Stands for all entries of a table (the keys with one item's start): the same object for as long as none of them changes, {@link NO_CONTENT} where
   * there is none. Undefined where that is not known.
   */
  contentOf?(table: string): object | undefined;
}

/** Content of a table without entries. */
export const NO_CONTENT = {};

interface Version {
  readonly block: number;
  readonly value: Uint8Array | undefined;
}

/** The keys with one pallet's and one item's start. */
interface Table {
  readonly name: string;
  readonly keys: Set<StorageKey>;
  /** All keys of the table in order; undefined when a key was added or dropped since. */
  sorted: StorageKey[] | undefined;
  /** Newest block that changed an entry. */
  changedAt: number;
  /** Stands for its entries from that block on; made when somebody asks. */
  content: object | undefined;
}

interface Entry {
  readonly table: Table;
  readonly versions: Version[];
}

/** Blocks that pruning lets come together: keys that change in every block are then looked at once, not once per block. */
const PRUNE_TOGETHER = 64;

/** The start of a key that decides its table. */
export function tableOf(key: StorageKey): string {
  return key.length > PREFIX_CHARS ? key.slice(0, PREFIX_CHARS) : key;
}

/** All versions of the storage that are still kept. */
export class VersionedStore {
  private readonly entriesByKey = new Map<StorageKey, Entry>();
  private readonly tables = new Map<string, Table>();
  /** Changes per block: what pruning and reverting have to look at. */
  private readonly touched = new Map<number, readonly Change[]>();
  private firstKept = 0;
  /** Blocks up to this one have been pruned; at most PRUNE_TOGETHER behind the oldest kept one. */
  private prunedTo = 0;

  /** Oldest block whose state is readable. */
  get oldest(): number {
    return this.firstKept;
  }

  /** Adds the changes of a block. Blocks come in ascending order. */
  apply(block: number, changes: readonly Change[]): void {
    for (const [key, value] of changes) {
      const entry = this.entriesByKey.get(key);
      if (entry === undefined) this.add(key, { block, value });
      else {
        entry.versions.push({ block, value });
        entry.table.changedAt = block;
        entry.table.content = undefined;
      }
    }
    this.touched.set(block, changes);
  }

  /** Read access as of a block (the state after it). */
  at(block: number): RawReader {
    return {
      get: (key) => latest(this.entriesByKey.get(key)?.versions, block)?.value,
      keys: (prefix, after) =>
        after === undefined && prefix.length >= PREFIX_CHARS
          ? this.allKeysAt(block, prefix)
          : this.keysAt(block, prefix, after),
      contentOf: (name) => this.contentAt(block, name),
    };
  }

  /** Forgets states before `block`; values still seen at `block` stay. */
  prune(block: number): void {
    this.firstKept = Math.max(this.firstKept, block);
    if (this.firstKept - this.prunedTo < PRUNE_TOGETHER) return;
    const keys = new Set<StorageKey>();
    for (const [number, changed] of this.touched) {
      if (number > this.firstKept) break;
      for (const [key] of changed) keys.add(key);
      this.touched.delete(number);
    }
    for (const key of keys) this.dropBefore(key, this.firstKept);
    this.prunedTo = this.firstKept;
  }

  /** Forgets states after `block`. */
  revertTo(block: number): void {
    for (const [number, changed] of [...this.touched]) {
      if (number <= block) continue;
      for (const [key] of changed) this.dropAfter(key, block);
      this.touched.delete(number);
    }
  }

  /** Starts history at `block` instead of 0: for a store filled from a snapshot. */
  startAt(block: number): void {
    this.firstKept = block;
    this.prunedTo = block;
  }

  /** Keys and values present at a block: a full scan, for status pages and snapshots. */
  *entries(block: number): Iterable<readonly [StorageKey, Uint8Array]> {
    for (const [key, { versions }] of this.entriesByKey) {
      const value = latest(versions, block)?.value;
      if (value !== undefined) yield [key, value];
    }
  }

  private contentAt(block: number, name: string): object | undefined {
    const table = this.tables.get(name);
    if (table === undefined) return NO_CONTENT;
    if (block < table.changedAt) return undefined;
    table.content ??= {};
    return table.content;
  }

  private dropBefore(key: StorageKey, block: number): void {
    const entry = this.entriesByKey.get(key);
    if (entry === undefined) return;
    const { versions } = entry;
    let seen = 0;
    while (seen + 1 < versions.length && (versions[seen + 1] as Version).block <= block) seen += 1;
    if (seen > 0) versions.splice(0, seen);
    const only = versions.length === 1 ? versions[0] : undefined;
    if (only !== undefined && only.value === undefined && only.block <= block) this.remove(key, entry);
  }

  private dropAfter(key: StorageKey, block: number): void {
    const entry = this.entriesByKey.get(key);
    if (entry === undefined) return;
    const { versions, table } = entry;
    while ((versions[versions.length - 1]?.block ?? block) > block) versions.pop();
    // Of no use to know when it changed before: blocks up to here share what is made from now on.
    table.changedAt = block;
    table.content = undefined;
    if (versions.length === 0) this.remove(key, entry);
  }

  /** Keys of one table at once: what pallets walk, short for the most part, several times in a block. */
  private allKeysAt(block: number, prefix: StorageKey): StorageKey[] {
    const table = this.tables.get(tableOf(prefix));
    if (table === undefined) return [];
    table.sorted ??= [...table.keys].sort();
    const keys = table.sorted;
    const found: StorageKey[] = [];
    for (let i = lowerBound(keys, prefix); i < keys.length; i++) {
      const key = keys[i] as StorageKey;
      if (!key.startsWith(prefix)) break;
      if (latest(this.entriesByKey.get(key)?.versions, block)?.value !== undefined) found.push(key);
    }
    return found;
  }

  private *keysAt(block: number, prefix: StorageKey, after: StorageKey | undefined): Iterable<StorageKey> {
    for (const table of this.tablesUnder(prefix)) {
      table.sorted ??= [...table.keys].sort();
      const keys = table.sorted;
      for (let i = lowerBound(keys, after !== undefined && after > prefix ? after : prefix); i < keys.length; i++) {
        const key = keys[i] as StorageKey;
        if (!key.startsWith(prefix)) break;
        if (after !== undefined && key <= after) continue;
        if (latest(this.entriesByKey.get(key)?.versions, block)?.value !== undefined) yield key;
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

  private add(key: StorageKey, first: Version): void {
    const name = tableOf(key);
    let table = this.tables.get(name);
    if (table === undefined) {
      table = { name, keys: new Set(), sorted: undefined, changedAt: 0, content: undefined };
      this.tables.set(name, table);
    }
    table.keys.add(key);
    table.sorted = undefined;
    table.changedAt = first.block;
    table.content = undefined;
    this.entriesByKey.set(key, { table, versions: [first] });
  }

  private remove(key: StorageKey, { table }: Entry): void {
    this.entriesByKey.delete(key);
    table.keys.delete(key);
    table.sorted = undefined;
    if (table.keys.size === 0) this.tables.delete(table.name);
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
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
