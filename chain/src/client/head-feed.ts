import type { ApiPromise } from "@polkadot/api";
import type { Header } from "@polkadot/types/interfaces/runtime";
import type { Logger } from "@subnetkit/shared/log/logger";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import type { BlockRef, ChainHooks } from "./chain-client.ts";
import type { RpcProvider } from "./rpc-provider.ts";

/** The best block, followed. */
export type HeadFeed = {
  head(): BlockRef;
  /** Wall-clock time of the last new head, milliseconds. */
  lastHeadMs(): number;
  subscribe(callback: (block: BlockRef) => void): () => void;
  stop(): void;
};

/** Subscribes to best heads and waits for the first one (E_TIMEOUT after `timeoutMs`). Survives reconnections: the provider renews it. */
export async function createHeadFeed(modules: {
  readonly provider: RpcProvider;
  readonly api: ApiPromise;
  readonly log: Logger;
  readonly hooks: ChainHooks;
  readonly timeoutMs: number;
}): Promise<HeadFeed> {
  const { provider, api, log, hooks, timeoutMs } = modules;
  const callbacks = new Set<(block: BlockRef) => void>();
  let head: BlockRef | undefined;
  let lastHeadMs = Date.now();
  let onFirst: (block: BlockRef) => void = () => undefined;
  const first = new Promise<BlockRef>((resolve) => {
    onFirst = resolve;
  });

  const onHeader = (json: unknown): void => {
    const block = blockRefOf(api, json);
    lastHeadMs = Date.now();
    // A renewed subscription starts with the head we already have.
    if (block.hash === head?.hash) return;
    head = block;
    onFirst(block);
    hooks.onHead?.(block);
    for (const callback of [...callbacks]) {
      try {
        callback(block);
      } catch (error) {
        log.error({ err: error, block: block.number }, "a subscriber to new heads failed");
      }
    }
  };

  const id = await provider.watch({ method: "chain_subscribeNewHeads", params: [], once: false }, onHeader);
  const firstHead = await withTimeout(first, timeoutMs, "Waiting for the first head");
  return {
    head: () => head ?? firstHead,
    lastHeadMs: () => lastHeadMs,
    subscribe: (callback) => {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    stop: () => {
      callbacks.clear();
      void provider.unsubscribe("chain_newHead", "chain_unsubscribeNewHeads", id);
    },
  };
}

/** The reference of a header as JSON-RPC carries it; the hash is computed here, which saves a request for each block. */
export function blockRefOf(api: ApiPromise, json: unknown): BlockRef {
  const header = api.registry.createType<Header>("Header", json);
  return { number: header.number.toNumber(), hash: header.hash.toHex(), parentHash: header.parentHash.toHex() };
}
