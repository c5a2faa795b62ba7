import type { BlockRef, ChainClient } from "./chain-client.ts";
import { blockRefOf } from "./head-feed.ts";

/** The newest block that no reorganisation can take back. Throws the errors of `rpc`. */
export async function finalizedHead(client: ChainClient): Promise<BlockRef> {
  const hash = await client.rpc("chain_getFinalizedHead");
  return blockRefOf(client.api, await client.rpc("chain_getHeader", [hash]));
}

/** Calls back for every new final block from now on, a run of blocks that becomes final at once as its last one. Resolves with the unsubscribe. */
export function subscribeFinalizedHeads(client: ChainClient, onHead: (block: BlockRef) => void): Promise<() => void> {
  return client.subscribe(
    { method: "chain_subscribeFinalizedHeads", params: [], unsubscribe: "chain_unsubscribeFinalizedHeads" },
    (json) => onHead(blockRefOf(client.api, json)),
  );
}
