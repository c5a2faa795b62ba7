/** Every JSON-RPC method of the chain. `rpc_methods` lists exactly these, since clients probe it (spec/json-rpc.md 1). */
import type { ChainNode } from "../create-node.ts";
import type { MethodTable } from "./method.ts";
import { archiveMethods } from "./methods/archive.ts";
import { authorMethods } from "./methods/author.ts";
import { chainHeadMethods } from "./methods/chain-head.ts";
import { chainMethods } from "./methods/chain.ts";
import { customMethods } from "./methods/custom.ts";
import { devMethods } from "./methods/dev.ts";
import { engineMethods } from "./methods/engine.ts";
import { paymentMethods } from "./methods/payment.ts";
import { stateMethods } from "./methods/state.ts";
import { systemMethods } from "./methods/system.ts";
import { transactionMethods } from "./methods/transaction.ts";

/** The full table; dev verbs only where the configuration serves them. */
export function rpcMethods(node: ChainNode): MethodTable {
  const methods: MethodTable = {
    ...systemMethods(node),
    ...chainMethods(node),
    ...stateMethods(node),
    ...authorMethods(node),
    ...paymentMethods(node),
    ...chainHeadMethods(node),
    ...archiveMethods(node),
    ...transactionMethods(node),
    ...customMethods(node),
    ...(node.config.devVerbs ? { ...engineMethods(node), ...devMethods(node) } : {}),
  };
  const names = [...Object.keys(methods), "rpc_methods"].sort();
  return { ...methods, rpc_methods: () => ({ methods: names }) };
}
