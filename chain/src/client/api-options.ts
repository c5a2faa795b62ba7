import type { ApiOptions } from "@polkadot/api/types";
import type { RpcProvider } from "./rpc-provider.ts";

const emptyExtension = { extrinsic: {}, payload: {} };

/**
 * What polkadot.js has to be told about a subtensor: its balances are 64 bits wide (the library assumes 128), and four transaction
 * extensions it does not know add nothing to the extrinsic nor to what is signed (spec/subtensor-interface.md 1.1 and 1.3).
 */
export function apiOptions(provider: RpcProvider): ApiOptions {
  return {
    provider,
    types: { Balance: "u64" },
    signedExtensions: {
      SudoTransactionExtension: emptyExtension,
      CheckShieldedTxValidity: emptyExtension,
      SubtensorTransactionExtension: emptyExtension,
      DrandPriority: emptyExtension,
    },
    noInitWarn: true,
    throwOnConnect: true,
  };
}
