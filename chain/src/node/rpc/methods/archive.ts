/** archive_v1_*: blocks and states as far back as history is kept (spec/json-rpc.md 5). A final height names one block, others all their branches. */
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { header } from "../../../spec/types.ts";
import type { Block } from "../../block/block.ts";
import type { ChainNode } from "../../create-node.ts";
import { type MethodTable, type RpcMethod, Subscription, unsubscribe } from "../method.ts";
import type { Params } from "../params.ts";
import { invalidParams } from "../rpc-error.ts";
import { diffItems, storageDiff } from "../storage-diff.ts";
import { storageItems, storageQueries } from "../storage-query.ts";
import { callAt, whenLoaded } from "./state.ts";

/** The group, complete: clients take one listed name for all of it. */
export function archiveMethods(node: ChainNode): MethodTable {
  const { chain } = node;
  const find = (params: Params): Block | undefined => chain.block(params.hash(0));
  return {
    archive_v1_genesisHash: () => chain.genesis.hash,
    archive_v1_finalizedHeight: () => chain.finalized.number,
    archive_v1_hashByHeight: (params) => {
      const height = params.integer(0, 0, Number.MAX_SAFE_INTEGER);
      return height > chain.finalized.number ? chain.hashesAt(height) : chain.hashesAt(height).slice(0, 1);
    },
    archive_v1_header: (params) => {
      const block = find(params);
      return block === undefined ? null : bytesToHex(header.enc(block.header));
    },
    archive_v1_body: (params) => find(params)?.body.map(bytesToHex) ?? null,
    archive_v1_call: (params) => {
      const name = params.text(1);
      const args = params.bytes(2);
      const block = find(params);
      return block === undefined ? null : whenLoaded(node, name, () => callAt(node, block, name, args));
    },
    archive_v1_storage: (params) => storage(node, params),
    archive_v1_stopStorage: stop,
    archive_v1_storageDiff: (params) => diff(node, params),
    archive_v1_stopStorageDiff: stop,
    // The name polkadot-sdk nodes give the same method.
    archive_v1_storageDiff_stopStorageDiff: stop,
  };
}

const stop: RpcMethod = (params, caller) => {
  void unsubscribe(params, caller);
  return null;
};

function storage(node: ChainNode, params: Params): Subscription {
  const hash = params.hash(0);
  const queries = storageQueries(params, 1);
  if (params.has(2)) throw invalidParams("there are no child tries here");
  return new Subscription("archive_v1_storageEvent", (push, _id, finish) => {
    const block = node.chain.block(hash);
    const reader = block === undefined ? undefined : node.chain.storageAt(block);
    if (reader === undefined) push({ event: "storageError", error: notKept(hash, block) });
    else {
      for (const query of queries) for (const item of storageItems(reader, query)) push({ event: "storage", ...item });
      push({ event: "storageDone" });
    }
    finish();
    return () => undefined;
  });
}

function diff(node: ChainNode, params: Params): Subscription {
  const hash = params.hash(0);
  const items = diffItems(params, 1);
  const previousHash = params.optionalHash(2);
  return new Subscription("archive_v1_storageDiffEvent", (push, _id, finish) => {
    const result = storageDiff(node.chain, hash, items, previousHash);
    if (result.kind === "failed") push({ event: "storageDiffError", error: result.error });
    else {
      for (const change of result.changes) push({ event: "storageDiff", ...change });
      push({ event: "storageDiffDone" });
    }
    finish();
    return () => undefined;
  });
}

function notKept(hash: string, block: Block | undefined): string {
  return block === undefined ? `no block ${hash} is known` : `the state of block ${block.number} is no longer kept`;
}
