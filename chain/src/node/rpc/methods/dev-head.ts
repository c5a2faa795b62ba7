/**
 * Going back: dev_snapshot, dev_revert, dev_snapshots and chopsticks' dev_setHead. Blocks here are final, so going back breaks a promise clients rely
 * on: every follow hears `stop`, every connection is closed, and clients start anew (spec/json-rpc.md 8, point 6).
 */
import type { Block } from "../../block/block.ts";
import type { ChainNode } from "../../create-node.ts";
import { blockRef } from "../block-ref.ts";
import type { MethodTable } from "../method.ts";
import { invalidParams, RpcError } from "../rpc-error.ts";

/** Snapshots kept; each holds the pool's transactions. */
const MAX_SNAPSHOTS = 64;

interface Snapshot {
  readonly name: string;
  readonly block: Block;
  readonly pool: readonly Uint8Array[];
  readonly offsetMs: number;
}

/** The verbs. */
export function devHeadMethods(node: ChainNode): MethodTable {
  const snapshots = new Map<string, Snapshot>();
  let nextName = 1;
  const forgetAfter = (block: Block): void => {
    for (const [name, one] of snapshots) if (one.block.number > block.number) snapshots.delete(name);
  };
  // Loading and resetting leave blocks behind that nobody can go back to.
  node.onRewind(() => {
    for (const [name, { block }] of snapshots) if (node.chain.block(block.hash) === undefined) snapshots.delete(name);
  });
  return {
    dev_snapshot: (params) => {
      const given = params.object(0)["name"];
      if (given !== undefined && (typeof given !== "string" || !/^[\w.-]{1,64}$/.test(given)))
        throw invalidParams("name must be up to 64 letters, digits, dots, dashes or underscores");
      if (snapshots.size >= MAX_SNAPSHOTS && !snapshots.has(String(given)))
        throw new RpcError(-32_000, `There are ${MAX_SNAPSHOTS} snapshots already`);
      const name = given ?? String(nextName++);
      const pool = node.pool.pending().map(({ bytes }) => bytes);
      snapshots.delete(name);
      snapshots.set(name, { name, block: node.chain.head, pool, offsetMs: node.producer.offsetMs });
      return { name, ...position(node.chain.head) };
    },
    dev_snapshots: () => [...snapshots.values()].map(({ name, block }) => ({ name, ...position(block) })),
    dev_revert: (params) => {
      const name = params.object(0)["name"];
      const snapshot = typeof name === "string" ? snapshots.get(name) : [...snapshots.values()].at(-1);
      if (snapshot === undefined) throw new RpcError(-32_000, "No such snapshot: dev_snapshots lists them");
      goTo(node, snapshot.block);
      node.producer.offsetMs = snapshot.offsetMs;
      for (const bytes of snapshot.pool) node.submit(bytes);
      forgetAfter(snapshot.block);
      return { name: snapshot.name, ...position(snapshot.block) };
    },
    dev_setHead: (params) => {
      if (!params.has(0))
        throw invalidParams("parameter 1 must be a block hash, a block number, or a negative number of blocks back");
      const block = blockRef(node, params.raw(0), "parameter 1");
      goTo(node, block);
      forgetAfter(block);
      return block.hash;
    },
  };
}

const position = (block: Block): { block: number; hash: string } => ({ block: block.number, hash: block.hash });

function goTo(node: ChainNode, block: Block): void {
  if (block === node.chain.head) return;
  if (block.number < node.chain.oldestState)
    throw new RpcError(-32_000, `Block ${block.number} is no longer kept: --history`);
  if (!node.chain.isCanonical(block))
    throw new RpcError(-32_000, `Block ${block.number} (${block.hash}) left the chain in a reorganisation`);
  node.rewind(block);
}
