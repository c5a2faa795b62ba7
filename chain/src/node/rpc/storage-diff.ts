/** What changed in storage between two blocks, for archive_v1_storageDiff. Read off the diffs that blocks carry, so the cost is their size. */
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import type { Block } from "../block/block.ts";
import type { Chain } from "../block/chain.ts";
import type { StorageKey } from "../storage/keys.ts";
import { rawKey } from "../storage/state.ts";
import type { RawReader } from "../storage/versions.ts";
import { branchAfter } from "./branch.ts";
import type { Params } from "./params.ts";
import { invalidParams } from "./rpc-error.ts";
import { hashHex } from "./storage-query.ts";

/** Prefixes one request may name. */
const MAX_ITEMS = 1_024;

/** A prefix to compare under, and whether values or their hashes are wanted. */
export interface DiffItem {
  readonly key: StorageKey;
  readonly returnType: "value" | "hash";
}

/** One difference; of a deleted entry `value` or `hash` tell what was there. */
export interface DiffChange {
  readonly key: StorageKey;
  readonly value?: string;
  readonly hash?: string;
  readonly type: "added" | "modified" | "deleted";
}

/** The differences, or why there are none to give. */
export type DiffResult =
  | { readonly kind: "found"; readonly changes: Iterable<DiffChange> }
  | { readonly kind: "failed"; readonly error: string };

/** The items of a request; without any, the values of all keys. Throws −32602. */
export function diffItems(params: Params, at: number): DiffItem[] {
  if (!params.has(at)) return [{ key: "0x", returnType: "value" }];
  const value = params.raw(at);
  if (!Array.isArray(value) || value.length > MAX_ITEMS)
    throw invalidParams(`parameter ${at + 1} must be a list of at most ${MAX_ITEMS} items`);
  return value.map((one: unknown) => {
    if (typeof one !== "object" || one === null) throw invalidParams("an item is an object");
    const { key, returnType, childTrieKey } = one as Record<string, unknown>;
    if (childTrieKey !== undefined && childTrieKey !== null) throw invalidParams("there are no child tries here");
    if (returnType !== "value" && returnType !== "hash") throw invalidParams("an item's returnType is value or hash");
    if (key !== undefined && key !== null && !(typeof key === "string" && /^0x([0-9a-fA-F]{2})*$/.test(key)))
      throw invalidParams("an item's key must be hex");
    return { key: typeof key === "string" ? rawKey(key) : "0x", returnType };
  });
}

/** Compares a block's storage with that of an earlier one, its parent where none is named. Keys come in order, each once. */
export function storageDiff(
  chain: Chain,
  hash: string,
  items: readonly DiffItem[],
  previousHash: string | undefined,
): DiffResult {
  const block = chain.block(hash);
  if (block === undefined) return { kind: "failed", error: `no block ${hash} is known` };
  const base = previousHash ?? block.header.parent_hash;
  const previous = block.number === 0 ? undefined : chain.block(base);
  if (block.number > 0 && previous === undefined) return { kind: "failed", error: `no block ${base} is known` };
  const branch = previous === undefined ? [block] : branchAfter(chain, previous, block);
  if (branch === undefined) return { kind: "failed", error: `${base} is no ancestor of ${hash} in the kept blocks` };
  const after = chain.storageAt(block);
  const before = previous === undefined ? nothing : chain.storageAt(previous);
  if (after === undefined || before === undefined) return { kind: "failed", error: "a state is no longer kept" };
  return { kind: "found", changes: changes(before, after, changedKeys(branch), items) };
}

const nothing: RawReader = { get: () => undefined, keys: () => [] };

/** Keys that any of these blocks wrote, in order. */
function changedKeys(branch: readonly Block[]): StorageKey[] {
  return [...new Set(branch.flatMap(({ changes }) => changes.map(([key]) => key)))].sort();
}

function* changes(
  before: RawReader,
  after: RawReader,
  keys: readonly StorageKey[],
  items: readonly DiffItem[],
): Iterable<DiffChange> {
  for (const key of keys) {
    const wanted = new Set(items.filter((item) => key.startsWith(item.key)).map((item) => item.returnType));
    const old = before.get(key);
    const now = after.get(key);
    const told = now ?? old;
    if (wanted.size === 0 || told === undefined) continue;
    if (old !== undefined && now !== undefined && Buffer.compare(old, now) === 0) continue;
    yield {
      key,
      ...(wanted.has("value") ? { value: bytesToHex(told) } : {}),
      ...(wanted.has("hash") ? { hash: hashHex(told) } : {}),
      type: old === undefined ? "added" : now === undefined ? "deleted" : "modified",
    };
  }
}
