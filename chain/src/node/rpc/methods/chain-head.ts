/** chainHead_v1_* and chainSpec_v1_*: the new interface's view of the chain (spec/json-rpc.md 2, 3). */
import { bytesToHex, isHex, hexToBytes } from "@subnetkit/shared/util/bytes";
import { header } from "../../../spec/types.ts";
import type { ChainNode } from "../../create-node.ts";
import { rawKey } from "../../storage/state.ts";
import { answerStorage, Follow, type StorageQuery, type StorageQueryType } from "../follow.ts";
import { type CallerSubscriptions, type MethodTable, Subscription } from "../method.ts";
import type { Params } from "../params.ts";
import { invalidParams, RpcError } from "../rpc-error.ts";
import { callApi } from "./state.ts";
import { properties } from "./system.ts";

/** Follows one connection may have. */
const MAX_FOLLOWS = 8;
/** Questions of one storage operation. */
const MAX_QUERIES = 1_024;
const queryTypes: readonly string[] = [
  "value",
  "hash",
  "closestDescendantMerkleValue",
  "descendantsValues",
  "descendantsHashes",
] satisfies StorageQueryType[];

const limitReached = { result: "limitReached" };

/** The methods of both groups. */
export function chainHeadMethods(node: ChainNode): MethodTable {
  const connections = new WeakMap<CallerSubscriptions, Map<string, Follow>>();
  const followsOf = (caller: CallerSubscriptions): Map<string, Follow> => {
    const known = connections.get(caller) ?? new Map<string, Follow>();
    connections.set(caller, known);
    return known;
  };
  const find = (params: Params, caller: CallerSubscriptions | undefined): Follow | undefined =>
    caller === undefined ? undefined : followsOf(caller).get(params.text(0));

  return {
    chainSpec_v1_chainName: () => node.config.chainName,
    chainSpec_v1_genesisHash: () => node.chain.genesis.hash,
    chainSpec_v1_properties: () => properties,
    chainHead_v1_follow: (params, caller) => {
      if (caller === undefined) throw new RpcError(-32_000, "Subscriptions need a WebSocket");
      const follows = followsOf(caller);
      if (follows.size >= MAX_FOLLOWS) throw new RpcError(-32_800, "Reached the limit of follow subscriptions");
      return new Subscription("chainHead_v1_followEvent", (push, id) => {
        const follow = new Follow(node, params.raw(0) === true, push, () => caller.remove(id));
        follows.set(id, follow);
        const end = follow.begin();
        return () => {
          follows.delete(id);
          end();
        };
      });
    },
    chainHead_v1_unfollow: (params, caller) => {
      caller?.remove(params.text(0));
      return null;
    },
    chainHead_v1_header: (params, caller) => {
      const follow = find(params, caller);
      return follow === undefined ? null : bytesToHex(header.enc(follow.block(blockHash(params, 1)).header));
    },
    chainHead_v1_body: (params, caller) => {
      const follow = find(params, caller);
      if (follow === undefined) return limitReached;
      const block = follow.block(blockHash(params, 1));
      return started(follow.operate((tell) => tell({ event: "operationBodyDone", value: block.body.map(bytesToHex) })));
    },
    chainHead_v1_call: (params, caller) => {
      const follow = find(params, caller);
      if (follow === undefined) return limitReached;
      const block = follow.block(blockHash(params, 1));
      if (!follow.withRuntime) throw new RpcError(-32_802, "The follow is without runtime");
      const name = params.text(2);
      const args = params.bytes(3);
      return started(
        follow.operate((tell) => {
          const execution = node.executionAfter(block);
          if (execution === undefined) return tell({ event: "operationInaccessible" });
          try {
            tell({ event: "operationCallDone", output: bytesToHex(callApi(node, execution, name, args)) });
          } catch (error) {
            tell({ event: "operationError", error: error instanceof RpcError ? error.message : "the call failed" });
          }
        }),
      );
    },
    chainHead_v1_storage: (params, caller) => {
      const follow = find(params, caller);
      if (follow === undefined) return limitReached;
      const block = follow.block(blockHash(params, 1));
      const queries = storageQueries(params.raw(2));
      if (params.has(3)) throw invalidParams("there are no child tries here");
      const operationId = follow.operate((tell) => {
        const reader = node.chain.storageAt(block);
        if (reader === undefined) return tell({ event: "operationInaccessible" });
        answerStorage(reader, queries, tell);
      });
      return { ...started(operationId), discardedItems: 0 };
    },
    chainHead_v1_unpin: (params, caller) => {
      const hashes = params.raw(1);
      find(params, caller)?.unpin(
        (Array.isArray(hashes) ? hashes : [hashes]).map((hash: unknown) => String(hash).toLowerCase()),
      );
      return null;
    },
    chainHead_v1_continue: (params, caller) => {
      if (find(params, caller) !== undefined) throw new RpcError(-32_803, "The operation is not waiting");
      return null;
    },
    chainHead_v1_stopOperation: (params, caller) => {
      find(params, caller)?.cancel(params.text(1));
      return null;
    },
  };
}

const started = (operationId: string): { result: string; operationId: string } => ({ result: "started", operationId });

function blockHash(params: Params, at: number): string {
  const hash = params.optionalHash(at);
  if (hash === undefined) throw invalidParams(`parameter ${at + 1} must be a block hash`);
  return hash;
}

function storageQueries(value: unknown): StorageQuery[] {
  if (!Array.isArray(value) || value.length > MAX_QUERIES)
    throw invalidParams(`parameter 3 must be a list of at most ${MAX_QUERIES} items`);
  return value.map((one: unknown) => {
    if (typeof one !== "object" || one === null) throw invalidParams("an item has a key and a type");
    const { key, type } = one as Record<string, unknown>;
    if (typeof key !== "string" || !isHex(key) || typeof type !== "string" || !queryTypes.includes(type))
      throw invalidParams("an item has a hex key and a known type");
    return { key: rawKey(bytesToHex(hexToBytes(key))), type: type as StorageQueryType };
  });
}
