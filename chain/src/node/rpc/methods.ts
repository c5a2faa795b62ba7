/** Every JSON-RPC method of the chain. `rpc_methods` lists exactly these, since clients probe it (spec/json-rpc.md 1). */
import type { ChainNode } from "../create-node.ts";
import type { MethodTable, RpcMethod } from "./method.ts";
import { archiveMethods } from "./methods/archive.ts";
import { authorMethods } from "./methods/author.ts";
import { chainHeadMethods } from "./methods/chain-head.ts";
import { chainMethods } from "./methods/chain.ts";
import { customMethods } from "./methods/custom.ts";
import { devLoggingMethods } from "./methods/dev-logging.ts";
import { devMethods } from "./methods/dev.ts";
import { dryRunMethods } from "./methods/dry-run.ts";
import { engineMethods } from "./methods/engine.ts";
import { paymentMethods } from "./methods/payment.ts";
import { stateMethods } from "./methods/state.ts";
import { systemMethods } from "./methods/system.ts";
import { transactionMethods } from "./methods/transaction.ts";
import { unsafeMethods } from "./methods/unsafe.ts";
import { RpcLog } from "./rpc-log.ts";

/** The full table; dev verbs only where the configuration serves them. */
export function rpcMethods(node: ChainNode): MethodTable {
  const rpcLog = new RpcLog(node.log);
  rpcLog.configure(node.config.logRpc);
  node.onBlock(({ block }) => rpcLog.endBlock(block.number));
  const methods: MethodTable = {
    ...systemMethods(node),
    ...dryRunMethods(node),
    ...chainMethods(node),
    ...stateMethods(node),
    ...authorMethods(node),
    ...paymentMethods(node),
    ...chainHeadMethods(node),
    ...archiveMethods(node),
    ...transactionMethods(node),
    ...customMethods(node),
    ...(node.config.devVerbs ? { ...engineMethods(node), ...devMethods(node), ...devLoggingMethods(rpcLog) } : {}),
  };
  const names = [...Object.keys(methods), "rpc_methods"].sort();
  const all: MethodTable = { ...unsafeMethods, ...methods, rpc_methods: () => ({ methods: names }) };
  return Object.fromEntries(Object.entries(all).map(([name, run]) => [name, logged(name, run, rpcLog)]));
}

function logged(name: string, run: RpcMethod, log: RpcLog): RpcMethod {
  return (params, caller) => {
    log.note(name);
    return run(params, caller);
  };
}
