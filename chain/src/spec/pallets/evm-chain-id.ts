/** EVMChainId (23): the chain id Ethereum clients ask for. Source: spec/subtensor-interface.md 2.5, 3.7 and the metadata of spec 424. */
import { definePallet, value } from "../define.ts";
import { u64 } from "../scale/numbers.ts";

export const evmChainId = definePallet({
  name: "EVMChainId",
  index: 23,
  crate: "pallet_evm_chain_id",
  storage: {
    ChainId: value({ value: u64, default: 0n }),
  },
});
