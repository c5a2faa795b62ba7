/**
 * Methods of a node's operator: keys, peers, logs, traces. There is nothing behind them here, so they are refused as a node refuses them that was
 * started with `--rpc-methods safe`. `rpc_methods` does not list them: clients take what it lists for usable.
 */
import type { MethodTable, RpcMethod } from "../method.ts";
import { RpcError } from "../rpc-error.ts";

const refuse: RpcMethod = () => {
  throw new RpcError(-32_601, "RPC call is unsafe to be called externally");
};

/** The methods. */
export const unsafeMethods: MethodTable = {
  author_hasKey: refuse,
  author_hasSessionKeys: refuse,
  author_insertKey: refuse,
  author_rotateKeys: refuse,
  offchain_localStorageGet: refuse,
  offchain_localStorageSet: refuse,
  state_traceBlock: refuse,
  system_addLogFilter: refuse,
  system_addReservedPeer: refuse,
  system_removeReservedPeer: refuse,
  system_resetLogFilter: refuse,
  system_unstable_networkState: refuse,
};
