/** EVMChainId: the chain id Ethereum clients sign for; 42 at the genesis of a local network (spec/subtensor-interface.md 1.1). */
import { evmChainId } from "../../../spec/pallets/evm-chain-id.ts";
import { defineRuntimePallet } from "../pallet.ts";

const LOCAL_CHAIN_ID = 42n;

export const evmChainIdPallet = defineRuntimePallet<typeof evmChainId>({
  spec: evmChainId,
  genesis: ({ state }) => state.put(evmChainId.storage.ChainId, [], LOCAL_CHAIN_ID),
  calls: {},
});
