/** The node itself: its runtime version, how much history it keeps, its pool. */
import type { ChainNode } from "../../create-node.ts";
import { upgradeRuntime } from "../../runtime/system/upgrade.ts";
import { runtimeAt } from "../block-at.ts";
import type { MethodTable } from "../method.ts";
import { type Params, wholeNumber } from "../params.ts";
import { invalidParams, RpcError } from "../rpc-error.ts";

/** Blocks a chain may keep, as the setting `history` has them. */
const HISTORY = { min: 64, max: 100_000 } as const;

/** The verbs. */
export function devNodeMethods(node: ChainNode): MethodTable {
  return {
    dev_upgradeRuntime: (params) => upgrade(node, params),
    dev_setHistory: (params) => {
      node.chain.setHistory(wholeNumber(params.object(0)["blocks"], HISTORY.min, HISTORY.max, "blocks"));
      return { history: node.chain.history, oldestState: node.chain.oldestState };
    },
    dev_dropExtrinsic: (params) => {
      const hash = hashOf(params);
      if (!node.pool.drop(hash))
        throw new RpcError(
          -32_000,
          `No transaction ${hash} waits in the pool: author_pendingExtrinsics lists those that do`,
        );
      return { hash };
    },
  };
}

/**
 * Makes a block from whose state on the runtime has another spec version, as an upgrade on the real chain shows to its clients: `:code`, metadata and
 * `RuntimeEnvironmentUpdated` in the digest. Versions only go up, as in frame_system. One more than now where none is given.
 */
function upgrade(node: ChainNode, params: Params): Record<string, unknown> {
  const now = runtimeAt(node, node.chain.head).spec_version;
  const given = params.object(0)["specVersion"] ?? now + 1;
  const specVersion = wholeNumber(given, now + 1, 0xffff_ffff, `specVersion (${now} now)`);
  node.producer.produceEdited((ctx) => upgradeRuntime(ctx, specVersion));
  return { specVersion, block: node.chain.head.number, hash: node.chain.head.hash };
}

/** `{hash}`, or the hash itself. */
function hashOf(params: Params): string {
  const given = params.raw(0);
  const hash = typeof given === "string" ? given : params.object(0)["hash"];
  if (typeof hash !== "string" || !/^0x[0-9a-fA-F]{64}$/.test(hash))
    throw invalidParams("hash must be the hash of a transaction");
  return hash.toLowerCase();
}
