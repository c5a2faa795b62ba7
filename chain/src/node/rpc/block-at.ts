/** Blocks and states named by a request. */
import type { Block } from "../block/block.ts";
import type { Execution } from "../block/execution.ts";
import type { ChainNode } from "../create-node.ts";
import type { RawReader } from "../storage/versions.ts";
import type { RuntimeVersion } from "../runtime/runtime.ts";
import type { StorageKey } from "../storage/keys.ts";
import type { Params } from "./params.ts";
import { clientError, type RpcError } from "./rpc-error.ts";

/** The block a parameter names; the newest where absent. Unknown hashes are refused, never answered with another block's state. */
export function blockAt(node: ChainNode, params: Params, at: number): Block {
  const hash = params.optionalHash(at);
  if (hash === undefined) return node.chain.head;
  const block = node.chain.block(hash);
  if (block !== undefined) return block;
  if (node.chain.forgottenNumber(hash) !== undefined) throw discarded(hash, node);
  throw clientError(`UnknownBlock: Header was not found in the database: ${hash}`);
}

/** Version of the runtime that holds on the state after a block; that of the newest one where the state is no longer kept. */
export function runtimeAt(node: ChainNode, block: Block): RuntimeVersion {
  const reader = node.chain.storageAt(block);
  const state = reader === undefined ? node.chain.headState() : { getRaw: (key: StorageKey) => reader.get(key) };
  return node.runtime.versionAt(state);
}

/** Storage after the block a parameter names. */
export function storageAt(node: ChainNode, params: Params, at: number): RawReader {
  const block = blockAt(node, params, at);
  const reader = node.chain.storageAt(block);
  if (reader === undefined) throw discarded(block.hash, node);
  return reader;
}

/** An execution on top of the block a parameter names. */
export function executionAt(node: ChainNode, params: Params, at: number): Execution {
  const block = blockAt(node, params, at);
  const execution = node.executionAfter(block);
  if (execution === undefined) throw discarded(block.hash, node);
  return execution;
}

/** The real node's error for a state it has pruned, with what to do about it. */
export function discarded(hash: string, { chain }: ChainNode): RpcError {
  return clientError(
    `UnknownBlock: State already discarded for ${hash} (this chain keeps ${chain.history} blocks: --history, dev_setHistory)`,
  );
}
