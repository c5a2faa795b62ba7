/** state_*: storage and runtime calls at any kept block. */
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { Reader, ScaleError } from "../../../spec/cursor.ts";
import { readFields } from "../../../spec/scale/structs.ts";
import type { Execution } from "../../block/execution.ts";
import type { Block } from "../../block/block.ts";
import type { NewBlock } from "../../block/block-news.ts";
import type { ChainNode } from "../../create-node.ts";
import { ApiFailure } from "../../runtime/api-failure.ts";
import type { StorageKey } from "../../storage/keys.ts";
import { blockAt, executionAt, runtimeAt, storageAt } from "../block-at.ts";
import { branchAfter } from "../branch.ts";
import { versionJson } from "../json.ts";
import { type MethodTable, Subscription, unsubscribe } from "../method.ts";
import type { Params } from "../params.ts";
import { clientError, RpcError } from "../rpc-error.ts";

/** Keys one page may have, as in the real node. */
const MAX_PAGE = 1_000;
/** Keys the unpaged methods answer with. */
const MAX_KEYS = 100_000;

/** The methods, aliases included. */
export function stateMethods(node: ChainNode): MethodTable {
  const value = (params: Params): Uint8Array | undefined => storageAt(node, params, 1).get(params.key(0));
  const getStorage = (params: Params): unknown => hexOrNull(value(params));
  const getHash = (params: Params): unknown => {
    const found = value(params);
    return found === undefined ? null : bytesToHex(blake2b256(found));
  };
  const getSize = (params: Params): unknown => value(params)?.length ?? null;
  const getKeysPaged = (params: Params): unknown => {
    const count = params.integer(1, 0, Number.MAX_SAFE_INTEGER);
    if (count > MAX_PAGE) throw new RpcError(4_002, `count exceeds maximum value. value: ${count}, max: ${MAX_PAGE}`);
    return firstOf(storageAt(node, params, 3).keys(params.has(0) ? params.key(0) : "0x", params.optionalKey(2)), count);
  };
  const queryAt = (params: Params): unknown => {
    const block = blockAt(node, params, 1);
    const reader = storageAt(node, params, 1);
    return [{ block: block.hash, changes: params.keys(0).map((key) => [key, hexOrNull(reader.get(key))]) }];
  };
  const call = (params: Params): unknown => {
    const name = params.text(0);
    const args = params.has(1) ? params.bytes(1) : new Uint8Array();
    return whenLoaded(node, name, () => bytesToHex(callApi(node, executionAt(node, params, 2), name, args)));
  };
  const runtimeVersion = (params: Params): unknown => {
    return versionJson(runtimeAt(node, blockAt(node, params, 0)));
  };
  return {
    state_getStorage: getStorage,
    state_getStorageAt: getStorage,
    state_getStorageHash: getHash,
    state_getStorageHashAt: getHash,
    state_getStorageSize: getSize,
    state_getStorageSizeAt: getSize,
    state_getKeys: (params) => firstOf(storageAt(node, params, 1).keys(params.key(0)), MAX_KEYS),
    state_getPairs: (params) => {
      const reader = storageAt(node, params, 1);
      return firstOf(reader.keys(params.key(0)), MAX_KEYS).map((key) => [key, hexOrNull(reader.get(key))]);
    },
    state_getKeysPaged: getKeysPaged,
    state_getKeysPagedAt: getKeysPaged,
    state_queryStorage: (params) => queryRange(node, params),
    state_queryStorageAt: queryAt,
    state_getMetadata: (params) => {
      const reader = storageAt(node, params, 0);
      return hexOrNull(node.metadata({ getRaw: (key) => reader.get(key) }, 14));
    },
    state_getRuntimeVersion: runtimeVersion,
    state_call: call,
    state_callAt: call,
    state_subscribeStorage: (params) => storageSubscription(node, params.keys(0)),
    state_unsubscribeStorage: unsubscribe,
  };
}

/** Values of keys from one block to another: all of them at the first, then those that a block changed. */
function queryRange(node: ChainNode, params: Params): unknown {
  const keys = params.keys(0);
  const from = blockAt(node, params, 1);
  const to = blockAt(node, params, 2);
  const first = storageAt(node, params, 1);
  const branch = branchAfter(node.chain, from, to);
  if (branch === undefined) throw new RpcError(4_001, `Cannot resolve a block range ['${from.hash}' ... '${to.hash}].`);
  const last = new Map(keys.map((key) => [key, hexOrNull(first.get(key))]));
  const sets = [{ block: from.hash, changes: [...last] }];
  for (const { hash, changes } of branch) {
    const changed = changes
      .map(([key, value]): [StorageKey, string | null] => [key, hexOrNull(value)])
      .filter(([key, value]) => last.has(key) && last.get(key) !== value);
    for (const [key, value] of changed) last.set(key, value);
    if (changed.length > 0) sets.push({ block: hash, changes: changed });
  }
  return sets;
}

/** Runs work of a runtime API at once, or when what the API needs is loaded. */
export function whenLoaded<T>(node: ChainNode, name: string, work: () => T): T | Promise<T> {
  const loading = node.runtime.loadApi(name);
  return loading === undefined ? work() : loading.then(work);
}

/** Runs a runtime API by its wire name. The execution is the caller's to throw away. */
export function callApi(node: ChainNode, execution: Execution, name: string, args: Uint8Array): Uint8Array {
  const method = node.runtime.apiMethod(name);
  if (method === undefined) throw clientError(`Execution failed: Other: Exported method ${name} is not found`);
  try {
    const input = new Reader(args);
    const decoded = readFields(input, Object.entries(method.args));
    if (input.remaining > 0) throw new ScaleError(`${input.remaining} bytes left over`);
    return method.result.enc(method.run(execution, decoded as never));
  } catch (cause) {
    if (cause instanceof ScaleError)
      throw clientError(
        `Execution failed: Execution aborted due to trap: Bad input data provided to ${name}: ${cause.message}`,
      );
    if (cause instanceof ApiFailure) throw apiError(cause);
    throw cause;
  }
}

/** A panic is told as the real node tells it; what is not built says so. */
function apiError({ kind, message }: ApiFailure): RpcError {
  return kind === "trap"
    ? clientError(`Execution failed: Execution aborted due to trap: ${message}`)
    : new RpcError(-32_000, message);
}

/** How a runtime call of the new interface ends. */
export type Called =
  | { readonly success: true; readonly value: string }
  | { readonly success: false; readonly error: string };

/** Runs a runtime API on top of a block; what goes wrong is text. */
export function callAt(node: ChainNode, block: Block, name: string, args: Uint8Array): Called {
  const execution = node.executionAfter(block);
  if (execution === undefined) return { success: false, error: "the state is no longer kept" };
  try {
    return { success: true, value: bytesToHex(callApi(node, execution, name, args)) };
  } catch (error) {
    return { success: false, error: error instanceof RpcError ? error.message : "the runtime call failed" };
  }
}

/** The first event holds all keys, later ones those a block changed (spec/json-rpc.md 7). */
function storageSubscription(node: ChainNode, keys: readonly StorageKey[]): Subscription {
  const watched = new Set(keys);
  return new Subscription("state_storage", (push) => {
    const { head } = node.chain;
    const reader = node.chain.storageAt(head);
    push({ block: head.hash, changes: [...watched].map((key) => [key, hexOrNull(reader?.get(key))]) });
    return node.onBlock((built) => {
      const changes = changedKeys(node, built, watched);
      if (changes.length > 0) push({ block: built.block.hash, changes });
    });
  });
}

/** What the best chain's newest block says of watched keys that changed; blocks that left the chain change theirs back. */
function changedKeys(
  node: ChainNode,
  { block, adopted, retracted }: NewBlock,
  watched: ReadonlySet<StorageKey>,
): [StorageKey, string | null][] {
  const keys = new Set<StorageKey>();
  for (const { changes } of [...retracted, ...adopted])
    for (const [key] of changes) if (watched.has(key)) keys.add(key);
  const reader = keys.size === 0 ? undefined : node.chain.storageAt(block);
  return [...keys].map((key) => [key, hexOrNull(reader?.get(key))]);
}

function hexOrNull(value: Uint8Array | undefined): string | null {
  return value === undefined ? null : bytesToHex(value);
}

function firstOf<T>(values: Iterable<T>, count: number): T[] {
  const first: T[] = [];
  if (count === 0) return first;
  for (const value of values) {
    first.push(value);
    if (first.length >= count) break;
  }
  return first;
}
