/** author_*: submitting transactions and hearing what becomes of them. Refusals carry the exact codes and texts of the real node. */
import { assertNever } from "@subnetkit/shared/util/assertNever";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { ScaleError } from "../../../spec/cursor.ts";
import type { SubmitResult, TxStatus, TxWatcher } from "../../block/pool.ts";
import type { Validity } from "../../block/validity.ts";
import type { ChainNode } from "../../create-node.ts";
import { invalidTexts } from "../../runtime/executive/validity.ts";
import { type MethodTable, Subscription, unsubscribe } from "../method.ts";
import type { Params } from "../params.ts";
import { invalidParams, RpcError } from "../rpc-error.ts";

/** Ms from `inBlock` to `finalized`: polkadot.js needs four round trips in between. */
const FINALIZED_AFTER_MS = 50;

/** The methods. */
export function authorMethods(node: ChainNode): MethodTable {
  return {
    author_submitExtrinsic: (params) => accepted(submit(node, params.bytes(0))),
    author_submitAndWatchExtrinsic: (params) => submitAndWatch(node, params),
    author_unwatchExtrinsic: unsubscribe,
    author_pendingExtrinsics: () => node.pool.pending().map((extrinsic) => bytesToHex(extrinsic.bytes)),
    author_removeExtrinsic: (params) => {
      const list = params.raw(0);
      if (!Array.isArray(list)) throw invalidParams("parameter 1 must be a list");
      return list.map(hashOf).filter((hash) => node.pool.drop(hash));
    },
  };
}

/**
 * Statuses that come before the reply has been sent wait for it. `finalized` comes a little after `inBlock`: polkadot.js looks the block up before it
 * tells its caller of `inBlock` and forgets that when the next status arrives meanwhile, so who waits for `inBlock` alone would wait for ever.
 */
function submitAndWatch(node: ChainNode, params: Params): Subscription {
  const early: TxStatus[] = [];
  let push: TxWatcher | undefined;
  const watcher: TxWatcher = (status) => {
    if (push === undefined) early.push(status);
    else push(status);
  };
  const hash = accepted(submit(node, params.bytes(0), watcher));
  return new Subscription("author_extrinsicUpdate", (send, _id, finish) => {
    let finality: NodeJS.Timeout | undefined;
    const tell: TxWatcher = (status) => {
      send(statusJson(status));
      if (isTerminal(status)) finish();
    };
    push = (status) => {
      if (status.kind === "finalized") finality = setTimeout(tell, FINALIZED_AFTER_MS, status);
      else tell(status);
    };
    for (const status of early.splice(0)) push(status);
    return () => {
      clearTimeout(finality);
      node.pool.unwatch(hash, watcher);
    };
  });
}

function submit(node: ChainNode, bytes: Uint8Array, watcher?: TxWatcher): SubmitResult {
  try {
    return node.submit(bytes, watcher);
  } catch (cause) {
    if (cause instanceof ScaleError) throw new RpcError(1_001, `Extrinsic has invalid format: ${cause.message}`);
    throw cause;
  }
}

function accepted(result: SubmitResult): string {
  switch (result.kind) {
    case "accepted":
      return result.hash;
    case "refused":
      throw refusal(result.validity);
    case "known":
      throw new RpcError(1_013, "Transaction Already Imported", result.hash);
    case "banned":
      throw new RpcError(1_012, "Transaction is temporarily banned");
    case "lowPriority":
      throw new RpcError(
        1_014,
        `Priority is too low: (${result.priority} vs ${result.priority})`,
        "The transaction has too low priority to replace another transaction already in the pool.",
      );
    case "full":
      throw new RpcError(1_016, "Immediately Dropped", "The transaction couldn't enter the pool because of the limit");
    default:
      return assertNever(result);
  }
}

/** The error of a transaction the chain does not accept (spec/subtensor-interface.md 8, point 10). */
export function refusal(validity: Exclude<Validity, { kind: "valid" }>): RpcError {
  if (validity.kind === "unknown") return new RpcError(1_011, "Unknown Transaction Validity", validity.reason);
  const { reason } = validity;
  return new RpcError(
    1_010,
    "Invalid Transaction",
    reason.type === "Custom" ? `Custom error: ${reason.code}` : invalidTexts[reason.type],
  );
}

/** True for a status after which nothing is told. */
export function isTerminal({ kind }: TxStatus): boolean {
  return kind === "finalized" || kind === "invalid" || kind === "dropped";
}

function statusJson(status: TxStatus): unknown {
  switch (status.kind) {
    case "ready":
    case "future":
    case "invalid":
    case "dropped":
      return status.kind;
    case "broadcast":
      return { broadcast: [] };
    case "inBlock":
      return { inBlock: status.hash };
    case "retracted":
      return { retracted: status.hash };
    case "finalized":
      return { finalized: status.hash };
    default:
      return assertNever(status);
  }
}

function hashOf(entry: unknown): string {
  const hash = typeof entry === "object" && entry !== null && "hash" in entry ? entry.hash : entry;
  if (typeof hash !== "string") throw invalidParams("an entry names a transaction by its hash");
  return hash.toLowerCase();
}
