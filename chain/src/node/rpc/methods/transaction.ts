/** transaction_v1_* and transactionWatch_v1_*: submission in the new interface (spec/json-rpc.md 4). */
import { assertNever } from "@subnetkit/shared/util/assertNever";
import { ScaleError } from "../../../spec/cursor.ts";
import type { SubmitResult, TxStatus } from "../../block/pool.ts";
import type { ChainNode } from "../../create-node.ts";
import { type CallerSubscriptions, type MethodTable, type Push, Subscription, unsubscribe } from "../method.ts";
import { RpcError } from "../rpc-error.ts";
import { isTerminal, refusal } from "./author.ts";

/** Broadcasts one connection may have open; further ones get null. */
const MAX_BROADCASTS = 256;

/** The methods of both groups. */
export function transactionMethods(node: ChainNode): MethodTable {
  const broadcasts = new WeakMap<CallerSubscriptions, Set<string>>();
  let nextId = 1;
  return {
    transaction_v1_broadcast: (params, caller) => {
      const bytes = params.bytes(0);
      const open = broadcastsOf(broadcasts, caller);
      if (open.size >= MAX_BROADCASTS) return null;
      const id = String(nextId++);
      open.add(id);
      submitted(node, bytes);
      return id;
    },
    transaction_v1_stop: (params, caller) => {
      if (!broadcastsOf(broadcasts, caller).delete(params.text(0))) throw new RpcError(-32_602, "Invalid operation id");
      return null;
    },
    transactionWatch_v1_submitAndWatch: (params) => {
      const bytes = params.bytes(0);
      return new Subscription("transactionWatch_v1_watchEvent", (push, _id, finish) =>
        watch(node, bytes, push, finish),
      );
    },
    transactionWatch_v1_unwatch: (params, caller) => {
      void unsubscribe(params, caller);
      return null;
    },
  };
}

function broadcastsOf(
  all: WeakMap<CallerSubscriptions, Set<string>>,
  caller: CallerSubscriptions | undefined,
): Set<string> {
  if (caller === undefined) throw new RpcError(-32_000, "Broadcasts need a WebSocket");
  const open = all.get(caller) ?? new Set<string>();
  all.set(caller, open);
  return open;
}

/** Offers a transaction to the pool. What is wrong with it is text here, never an error of the call. */
function submitted(
  node: ChainNode,
  bytes: Uint8Array,
  watcher?: (status: TxStatus) => void,
): { hash: string } | { problem: string } {
  try {
    const result = node.submit(bytes, watcher);
    return result.kind === "accepted" ? { hash: result.hash } : { problem: problemOf(result) };
  } catch (cause) {
    if (cause instanceof ScaleError) return { problem: `Extrinsic has invalid format: ${cause.message}` };
    throw cause;
  }
}

function problemOf(result: Exclude<SubmitResult, { kind: "accepted" }>): string {
  if (result.kind !== "refused") return result.kind;
  const { message, data } = refusal(result.validity);
  return data === undefined ? message : `${message}: ${data}`;
}

function watch(node: ChainNode, bytes: Uint8Array, push: Push, finish: () => void): () => void {
  let validated = false;
  const watcher = (status: TxStatus): void => {
    const event = watchEvent(status);
    if (event === undefined || (event["event"] === "validated" && validated)) return;
    validated ||= event["event"] === "validated";
    push(event);
    if (isTerminal(status)) finish();
  };
  const result = submitted(node, bytes, watcher);
  if ("problem" in result) {
    push({ event: "invalid", error: result.problem });
    finish();
    return () => undefined;
  }
  return () => node.pool.unwatch(result.hash, watcher);
}

function watchEvent(status: TxStatus): Record<string, unknown> | undefined {
  switch (status.kind) {
    case "ready":
    case "future":
      return { event: "validated" };
    case "broadcast":
      return undefined;
    case "inBlock":
      return { event: "bestChainBlockIncluded", block: { hash: status.hash, index: status.index } };
    case "retracted":
      return { event: "bestChainBlockIncluded", block: null };
    case "finalized":
      return { event: "finalized", block: { hash: status.hash, index: status.index } };
    case "invalid":
      return { event: "invalid", error: "the transaction is no longer valid" };
    case "dropped":
      return { event: "dropped", error: "the transaction was removed from the pool" };
    default:
      return assertNever(status);
  }
}
