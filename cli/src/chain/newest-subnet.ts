import { type DevRpc, QUICK_MS } from "@subnetkit/chain/client/dev/rpc";
import { appError } from "@subnetkit/shared/errors/app-error";

/** `twox128("SubtensorModule") ++ twox128("NetworksAdded")`, the prefix of a map whose key is the netuid as it is. */
const NETWORKS_ADDED = "0x658faa385070e074c85bf6b568cf05550e30450fc4d507a846032a7fa65d9a43";
const PAGE = 1_000;

/** The subnet with the highest netuid; on a chain without any, root. */
export async function newestSubnet(rpc: DevRpc): Promise<number> {
  const keys = await rpc.request("state_getKeysPaged", [NETWORKS_ADDED, PAGE], QUICK_MS);
  if (!Array.isArray(keys))
    throw appError("E_CHAIN_SHAPE", { what: "answer to state_getKeysPaged", reason: "it is no list" });
  const netuids = keys.map((key) => Buffer.from(String(key).slice(-4), "hex").readUInt16LE());
  return Math.max(0, ...netuids);
}
