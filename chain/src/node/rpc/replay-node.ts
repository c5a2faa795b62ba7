/** Running things again, or for a try, on a kept block of a node. */
import type { EpochInput } from "@subnetkit/shared/consensus/epoch";
import type { Block } from "../block/block.ts";
import { type BlockPhase, Replay, replayBlock, sameChanges, timeOf } from "../block/replay.ts";
import type { ChainNode } from "../create-node.ts";
import { discarded } from "./block-at.ts";
import { RpcError } from "./rpc-error.ts";

/** A block that was run again. */
export interface Replayed {
  readonly phases: readonly BlockPhase[];
  /** Inputs of its epochs. */
  readonly epochs: readonly { readonly netuid: number; readonly mechanism: number; readonly input: EpochInput }[];
  /** True when it came out with the storage it has. */
  readonly same: boolean;
}

/** Runs a kept block again on the state of its parent. */
export function replayKept(node: ChainNode, block: Block): Replayed {
  if (block.number === 0) throw new RpcError(-32_000, "Genesis was not built by running a block");
  const parent = node.chain.block(block.header.parent_hash);
  const own = node.chain.stateAt(block);
  const state = parent === undefined ? undefined : node.chain.stateAt(parent);
  const author = parent === undefined ? undefined : node.executionAfter(parent)?.block.author;
  if (own === undefined || state === undefined || author === undefined) throw discarded(block.header.parent_hash, node);
  const epochs: { netuid: number; mechanism: number; input: EpochInput }[] = [];
  const modules = {
    runtime: node.runtime,
    rules: node.rules,
    onFault: () => undefined,
    onEpoch: (netuid: number, mechanism: number, input: EpochInput) => void epochs.push({ netuid, mechanism, input }),
  };
  const phases = [...replayBlock(modules, block, timeOf(own), author, state, node.editOf(block))];
  return { phases, epochs, same: sameChanges(block, state.changes()) };
}

/** A state after a kept block to try things on, as the next block would find it. */
export function tryOn(node: ChainNode, block: Block): { replay: Replay; faults: unknown[] } {
  const next = node.executionAfter(block);
  if (next === undefined) throw discarded(block.hash, node);
  const faults: unknown[] = [];
  const { runtime, rules } = node;
  const replay = new Replay({ runtime, rules, info: next.block, onFault: (error) => faults.push(error) }, next.state);
  return { replay, faults };
}
