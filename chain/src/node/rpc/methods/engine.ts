/** engine_*: manual sealing, as a Subtensor node serves it when it is started with `--sealing manual` (spec/subtensor-interface.md 4.3). */
import type { ChainNode } from "../../create-node.ts";
import type { MethodTable } from "../method.ts";
import type { Params } from "../params.ts";
import { invalidParams, RpcError } from "../rpc-error.ts";

/** The methods. */
export function engineMethods(node: ChainNode): MethodTable {
  return {
    engine_createBlock: (params) => createBlock(node, params),
    engine_finalizeBlock: (params) => {
      const block = node.chain.block(params.hash(0));
      if (block === undefined || !node.chain.isCanonical(block)) throw new RpcError(13_000, "Block not found");
      node.finalizeTo(block);
      return true;
    },
  };
}

/** `[createEmpty, finalize, parentHash?]`: makes one block on the newest one, and all final where `finalize` says so. */
async function createBlock(node: ChainNode, params: Params): Promise<Record<string, unknown>> {
  if (typeof params.raw(0) !== "boolean" || typeof params.raw(1) !== "boolean")
    throw invalidParams("parameters 1 and 2 must be true or false");
  const parent = params.optionalHash(2);
  if (parent !== undefined && parent !== node.chain.head.hash) throw new RpcError(13_000, "Block not found");
  if (params.raw(0) === false && node.pool.ready().length === 0)
    throw new RpcError(
      12_000,
      "Transaction pool is empty, set create_empty to true, if you want to create empty blocks",
    );
  await node.producer.produce(1, () => false);
  if (params.raw(1) === true) node.finalizeTo(node.chain.head);
  const aux = {
    header_only: false,
    clear_justification_requests: false,
    needs_justification: false,
    bad_justification: false,
    is_new_best: true,
  };
  return { hash: node.chain.head.hash, aux, proof_size: 0 };
}
