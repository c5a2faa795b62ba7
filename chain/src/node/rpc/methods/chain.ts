/** chain_*: blocks and heads. The final one is the newest one, or as far behind it as finality is kept. */
import type { ChainNode } from "../../create-node.ts";
import type { Block } from "../../block/block.ts";
import type { NewBlock } from "../../block/block-news.ts";
import { blockAt, runtimeAt } from "../block-at.ts";
import { headerJson, blockJson, versionJson } from "../json.ts";
import { type MethodTable, Subscription, unsubscribe } from "../method.ts";
import type { Params } from "../params.ts";
import { invalidParams } from "../rpc-error.ts";

/** The methods, aliases included. */
export function chainMethods(node: ChainNode): MethodTable {
  const { chain } = node;
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
  const heads = (notification: string, wanted: (built: NewBlock) => boolean) => (): Subscription =>
    new Subscription(notification, (push) => {
      push(headerJson(chain.head.header));
      return node.onBlock((built) => {
        if (wanted(built)) push(headerJson(built.block.header));
      });
    });
  const finalizedHeads = (): Subscription =>
    new Subscription("chain_finalizedHead", (push) => {
      push(headerJson(chain.finalized.header));
      return node.onFinalized(({ blocks }) => {
        for (const block of blocks) push(headerJson(block.header));
      });
    });
  // Only a head of the best chain is a new head; every branch counts for the other.
  const newHeads = heads("chain_newHead", ({ adopted }) => adopted.length > 0);
  const getFinalizedHead = (): string => chain.finalized.hash;
  return {
    chain_getBlockHash: getBlockHash,
    chain_getHead: getBlockHash,
    chain_getHeader: getHeader,
    chain_getBlock: getBlock,
    chain_getFinalizedHead: getFinalizedHead,
    chain_getFinalisedHead: getFinalizedHead,
    chain_getRuntimeVersion: (params) => versionJson(runtimeAt(node, blockAt(node, params, 0))),
    chain_subscribeNewHeads: newHeads,
    chain_subscribeNewHead: newHeads,
    subscribe_newHead: newHeads,
    chain_unsubscribeNewHeads: unsubscribe,
    chain_unsubscribeNewHead: unsubscribe,
    unsubscribe_newHead: unsubscribe,
    chain_subscribeAllHeads: heads("chain_allHead", () => true),
    chain_unsubscribeAllHeads: unsubscribe,
    chain_subscribeFinalizedHeads: finalizedHeads,
    chain_subscribeFinalisedHeads: finalizedHeads,
    chain_unsubscribeFinalizedHeads: unsubscribe,
    chain_unsubscribeFinalisedHeads: unsubscribe,
    chain_subscribeRuntimeVersion: () => runtimeVersions(node),
    chain_unsubscribeRuntimeVersion: unsubscribe,
    state_subscribeRuntimeVersion: () => runtimeVersions(node),
    state_unsubscribeRuntimeVersion: unsubscribe,
  };
}

/** Tells the runtime of the newest block, and again whenever it is another one. */
function runtimeVersions(node: ChainNode): Subscription {
  return new Subscription("state_runtimeVersion", (push) => {
    let told = runtimeAt(node, node.chain.head);
    push(versionJson(told));
    return node.onBlock(({ adopted }) => {
      const now = adopted.length > 0 ? runtimeAt(node, node.chain.head) : told;
      if (now.spec_version !== told.spec_version) push(versionJson(now));
      told = now;
    });
  });
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
