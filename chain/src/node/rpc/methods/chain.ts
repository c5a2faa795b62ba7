/** chain_*: blocks and heads. Finality is immediate, so the newest block is also the finalised one. */
import type { ChainNode } from "../../create-node.ts";
import type { Block } from "../../block/block.ts";
import { headerJson, blockJson, versionJson } from "../json.ts";
import { type MethodTable, Subscription, unsubscribe } from "../method.ts";
import type { Params } from "../params.ts";
import { invalidParams } from "../rpc-error.ts";

/** The methods, aliases included. */
export function chainMethods(node: ChainNode): MethodTable {
  const { chain, runtime } = node;
  const find = (params: Params): Block | undefined => {
    const hash = params.optionalHash(0);
    return hash === undefined ? chain.head : chain.block(hash);
  };
  const getBlockHash = (params: Params): unknown => {
    const which = params.raw(0);
    if (which === undefined) return chain.head.hash;
    return Array.isArray(which)
      ? which.map((one) => chain.hashAt(blockNumber(one)) ?? null)
      : (chain.hashAt(blockNumber(which)) ?? null);
  };
  const getHeader = (params: Params): unknown => {
    const block = find(params);
    return block === undefined ? null : headerJson(block.header);
  };
  const getBlock = (params: Params): unknown => {
    const block = find(params);
    return block === undefined ? null : blockJson(block);
  };
  const heads = (notification: string) => (): Subscription =>
    new Subscription(notification, (push) => {
      push(headerJson(chain.head.header));
      return node.onBlock(({ block }) => push(headerJson(block.header)));
    });
  const runtimeVersions = (): Subscription =>
    new Subscription("state_runtimeVersion", (push) => {
      push(versionJson(runtime.version));
      return () => undefined;
    });
  const newHeads = heads("chain_newHead");
  const finalizedHeads = heads("chain_finalizedHead");
  const getFinalizedHead = (): string => chain.head.hash;
  return {
    chain_getBlockHash: getBlockHash,
    chain_getHead: getBlockHash,
    chain_getHeader: getHeader,
    chain_getBlock: getBlock,
    chain_getFinalizedHead: getFinalizedHead,
    chain_getFinalisedHead: getFinalizedHead,
    chain_getRuntimeVersion: () => versionJson(runtime.version),
    chain_subscribeNewHeads: newHeads,
    chain_subscribeNewHead: newHeads,
    subscribe_newHead: newHeads,
    chain_unsubscribeNewHeads: unsubscribe,
    chain_unsubscribeNewHead: unsubscribe,
    unsubscribe_newHead: unsubscribe,
    chain_subscribeAllHeads: heads("chain_allHead"),
    chain_unsubscribeAllHeads: unsubscribe,
    chain_subscribeFinalizedHeads: finalizedHeads,
    chain_subscribeFinalisedHeads: finalizedHeads,
    chain_unsubscribeFinalizedHeads: unsubscribe,
    chain_unsubscribeFinalisedHeads: unsubscribe,
    chain_subscribeRuntimeVersion: runtimeVersions,
    chain_unsubscribeRuntimeVersion: unsubscribe,
    state_subscribeRuntimeVersion: runtimeVersions,
    state_unsubscribeRuntimeVersion: unsubscribe,
  };
}

/** A block number as clients write it: a number, decimal text or hex text. */
function blockNumber(value: unknown): number {
  const number =
    typeof value === "number"
      ? value
      : typeof value === "string" && /^(0x[0-9a-fA-F]+|\d+)$/.test(value)
        ? Number(value)
        : Number.NaN;
  if (!Number.isInteger(number) || number < 0) throw invalidParams("a block number is a whole number or hex text");
  return number;
}
