/** system_*: what the node says of itself. */
import { decodeAddress } from "@subnetkit/shared/crypto/ss58";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import type { ChainNode } from "../../create-node.ts";
import type { MethodTable } from "../method.ts";
import type { Params } from "../params.ts";
import { invalidParams } from "../rpc-error.ts";

/** Version of this implementation, as system_version tells it. */
export const NODE_VERSION = "0.1.0-subnetkit";

/** What clients show amounts and addresses by. */
export const properties = { isEthereum: false, ss58Format: 42, tokenDecimals: 9, tokenSymbol: "TAO" } as const;

/** The methods, aliases included. */
export function systemMethods(node: ChainNode): MethodTable {
  const nextIndex = (params: Params): number => node.pool.nextNonce(accountOf(params));
  return {
    system_name: () => "Subtensor Node",
    system_version: () => NODE_VERSION,
    system_chain: () => node.config.chainName,
    system_chainType: () => "Local",
    system_properties: () => properties,
    system_health: () => ({ peers: 0, isSyncing: false, shouldHavePeers: false }),
    system_localPeerId: () => "12D3KooWLocalDevelopmentChainOnOneMachineXXXXXXXXXXX",
    system_localListenAddresses: () => [],
    system_peers: () => [],
    system_nodeRoles: () => ["Authority"],
    system_syncState: () => ({
      startingBlock: 0,
      currentBlock: node.chain.head.number,
      highestBlock: node.chain.head.number,
    }),
    system_accountNextIndex: nextIndex,
    account_nextIndex: nextIndex,
  };
}

function accountOf(params: Params): string {
  const text = params.text(0);
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase();
  try {
    return bytesToHex(decodeAddress(text));
  } catch (cause) {
    if (isAppError(cause)) throw invalidParams("parameter 1 must be an account address");
    throw cause;
  }
}
