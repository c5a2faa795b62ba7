import type { BlockRef, DevRpc } from "@subnetkit/chain/client/dev/rpc";
import { checked, QUICK_MS } from "@subnetkit/chain/client/dev/rpc";

/** Number and hash of a block, by its hash. */
export async function blockOf(rpc: DevRpc, hash: string): Promise<BlockRef> {
  const answer = await rpc.request("chain_getHeader", [hash], QUICK_MS);
  const { number } = checked("chain_getHeader", answer, { number: "string" });
  return { block: Number(number), hash };
}
