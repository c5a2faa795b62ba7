/** system_*: what the node says of itself. */
import type { ChainNode } from "../../create-node.ts";
import type { MethodTable } from "../method.ts";
import type { Params } from "../params.ts";

/** Version of this implementation, as system_version tells it. */
export const NODE_VERSION = "0.1.0-subnetkit";

/** What clients show amounts and addresses by. */
export const properties = { ss58Format: 42, tokenDecimals: 9, tokenSymbol: "TAO" } as const;

/** The methods, aliases included. */
export function systemMethods(node: ChainNode): MethodTable {
  const nextIndex = (params: Params): number => node.pool.nextNonce(params.account(0));
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
    system_reservedPeers: () => [],
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
