/** A block as development verbs name it: by hash, by number, or by how many blocks back from the newest. */
import type { Block } from "../block/block.ts";
import type { ChainNode } from "../create-node.ts";
import { discarded } from "./block-at.ts";
import { invalidParams, RpcError } from "./rpc-error.ts";

/** The kept block that a value names; the newest where it is absent. `name` is told in the −32602 for anything else. */
export function blockRef(node: ChainNode, value: unknown, name: string): Block {
  const { chain } = node;
  if (value === undefined || value === null) return chain.head;
  if (typeof value === "number" && Number.isInteger(value)) {
    const number = value < 0 ? chain.head.number + value : value;
    const block = chain.block(chain.hashAt(number) ?? "");
    if (block !== undefined) return block;
    if (number >= 0 && number <= chain.head.number)
      throw new RpcError(
        -32_000,
        `Block ${number} is no longer kept: this chain keeps ${chain.history} blocks (--history)`,
      );
    throw new RpcError(-32_000, `No such block: the newest is ${chain.head.number}`);
  }
  if (typeof value !== "string" || !/^0x[0-9a-fA-F]{64}$/.test(value))
    throw invalidParams(`${name} must be a block hash, a block number, or a negative number of blocks back`);
  const hash = value.toLowerCase();
  const block = chain.block(hash);
  if (block !== undefined) return block;
  if (chain.forgottenNumber(hash) !== undefined) throw discarded(hash, node);
  throw new RpcError(-32_000, `No such block: ${hash}`);
}
