/** chainHead_v1_* and chainSpec_v1_*: the new interface's view of the chain (spec/json-rpc.md 2, 3). */
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { header } from "../../../spec/types.ts";
import type { Block } from "../../block/block.ts";
import type { ChainNode } from "../../create-node.ts";
import { answerStorage, Follow } from "../follow.ts";
import { type CallerSubscriptions, type MethodTable, Subscription } from "../method.ts";
import type { Params } from "../params.ts";
import { invalidParams, RpcError } from "../rpc-error.ts";
import { storageQueries } from "../storage-query.ts";
import { callAt, whenLoaded } from "./state.ts";
import { properties } from "./system.ts";

/** Follows one connection may have. */
const MAX_FOLLOWS = 8;

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
      return follow === undefined ? null : bytesToHex(header.enc(follow.block(params.hash(1)).header));
    },
    chainHead_v1_body: (params, caller) => {
      const follow = find(params, caller);
      if (follow === undefined) return limitReached;
      const block = follow.block(params.hash(1));
      return follow.operate((tell) => tell({ event: "operationBodyDone", value: block.body.map(bytesToHex) }));
    },
    chainHead_v1_call: (params, caller) => {
      const follow = find(params, caller);
      if (follow === undefined) return limitReached;
      const block = follow.block(params.hash(1));
      if (!follow.withRuntime) throw new RpcError(-32_802, "The follow is without runtime");
      const name = params.text(2);
      const args = params.bytes(3);
      return follow.operate((tell) => {
        const event = whenLoaded(node, name, () => callEvent(node, block, name, args));
        if (event instanceof Promise)
          void event.then(tell, () => tell({ event: "operationError", error: "the runtime call failed" }));
        else tell(event);
      });
    },
    chainHead_v1_storage: (params, caller) => {
      const follow = find(params, caller);
      if (follow === undefined) return limitReached;
      const block = follow.block(params.hash(1));
      const queries = storageQueries(params, 2);
      if (params.has(3)) throw invalidParams("there are no child tries here");
      return follow.operate(
        (tell) => {
          const reader = node.chain.storageAt(block);
          if (reader === undefined) tell({ event: "operationError", error: "the state is no longer kept" });
          else answerStorage(reader, queries, tell);
        },
        { discardedItems: 0 },
      );
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

/** How a runtime call ends. Never operationInaccessible: clients repeat that for ever. */
function callEvent(node: ChainNode, block: Block, name: string, args: Uint8Array): Record<string, unknown> {
  const called = callAt(node, block, name, args);
  return called.success
    ? { event: "operationCallDone", output: called.value }
    : { event: "operationError", error: called.error };
}
