/** Blocks and states named by a request. */
import type { Block } from "../block/block.ts";
import type { Execution } from "../block/execution.ts";
import type { ChainNode } from "../create-node.ts";
import type { RawReader } from "../storage/versions.ts";
import type { Params } from "./params.ts";
import { clientError } from "./rpc-error.ts";

/** The block a parameter names; the newest where absent. Unknown hashes are refused, never answered with another block's state. */
export function blockAt(node: ChainNode, params: Params, at: number): Block {
  const hash = params.optionalHash(at);
  if (hash === undefined) return node.chain.head;
  const block = node.chain.block(hash);
  if (block === undefined) throw clientError(`UnknownBlock: Header was not found in the database: ${hash}`);
  return block;
}

/** Storage after the block a parameter names. */
export function storageAt(node: ChainNode, params: Params, at: number): RawReader {
  const block = blockAt(node, params, at);
  return node.chain.storageAt(block) ?? discarded(block, node);
}

/** An execution on top of the block a parameter names. */
export function executionAt(node: ChainNode, params: Params, at: number): Execution {
  const block = blockAt(node, params, at);
  return node.executionAfter(block) ?? discarded(block, node);
}

function discarded(block: Block, node: ChainNode): never {
  throw clientError(
    `UnknownBlock: State already discarded for ${block.hash} (this chain keeps ${node.config.history} blocks: --history)`,
  );
}
