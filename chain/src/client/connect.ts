import { ApiPromise } from "@polkadot/api";
import { appError, isAppError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import type { ChainClient, ChainHooks } from "./chain-client.ts";
import { apiOptions } from "./api-options.ts";
import { createHeadFeed } from "./head-feed.ts";
import { RpcProvider } from "./rpc-provider.ts";
import { constantOf } from "./storage.ts";
import { startStallWatchdog } from "./stall-watchdog.ts";

export type { BlockRef, ChainClient, ChainHooks } from "./chain-client.ts";

/** How to reach the chain. */
export type ConnectOptions = {
  /** WebSocket URLs of nodes of one chain, in order of preference. */
  readonly endpoints: readonly string[];
  /** 0x hex; refuses every endpoint of another chain. Without it the first endpoint that answers pins the genesis. */
  readonly genesisHash?: string;
  readonly log: Logger;
  /** Ends connecting, and later the client, when it fires. */
  readonly signal: AbortSignal;
  /** Read deadline of every request. */
  readonly requestTimeoutMs?: number;
  /** How long the first connection may take, all endpoints together. */
  readonly connectTimeoutMs?: number;
  /** No new head for this many block times (and at least 15 s) makes the client look at the connection. */
  readonly stallBlocks?: number;
  readonly hooks?: ChainHooks;
};

/**
 * Connects and waits until metadata and a first head are there. Throws E_CHAIN_UNREACHABLE, E_CHAIN_WRONG_GENESIS, E_CHAIN_TIMEOUT,
 * E_ABORTED. Afterwards the connection mends itself until `close` or the signal.
 */
export async function connectChain(options: ConnectOptions): Promise<ChainClient> {
  const {
    endpoints,
    genesisHash,
    log,
    signal,
    requestTimeoutMs = 10_000,
    connectTimeoutMs = 15_000,
    hooks = {},
  } = options;
  const provider = new RpcProvider(
    { endpoints, requestTimeoutMs, ...(genesisHash === undefined ? {} : { genesisHash }) },
    { log, hooks },
  );
  await provider.start(connectTimeoutMs, signal);
  const api = new ApiPromise(apiOptions(provider));
  const closers: (() => void)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) closer();
    // The API's own disconnect waits for nothing but the provider; a late failure of its keep-alive has nobody left to hear it.
    await api.disconnect().catch(() => undefined);
    await provider.disconnect();
  };
  try {
    await withTimeout(api.isReadyOrError, connectTimeoutMs, "Reading the chain's metadata", signal);
    const feed = await createHeadFeed({ provider, api, log, hooks, timeoutMs: requestTimeoutMs });
    closers.push(feed.stop);
    const blockMs = Number(constantOf(api, "aura", "slotDuration"));
    closers.push(startStallWatchdog({ provider, feed, blockMs, stallBlocks: options.stallBlocks ?? 20, log }));
    const onAbort = (): void => void close();
    signal.addEventListener("abort", onAbort, { once: true });
    closers.push(() => signal.removeEventListener("abort", onAbort));
    return {
      api,
      genesisHash: provider.genesisHash ?? "",
      blockMs,
      endpoint: () => provider.endpoint,
      connected: () => provider.isConnected,
      head: feed.head,
      subscribeHeads: feed.subscribe,
      rpc: (method, params = [], rpcOptions) => provider.request(method, params, rpcOptions?.timeoutMs),
      subscribe: async ({ method, params, unsubscribe, once = false }, onResult, onLost) => {
        const id = await provider.watch({ method, params, once }, onResult, onLost);
        return () => void provider.unsubscribe("", unsubscribe, id);
      },
      close,
    };
  } catch (error) {
    await close();
    if (isAppError(error, "E_TIMEOUT"))
      throw appError("E_CHAIN_UNREACHABLE", { endpoints: [...endpoints] }, { cause: error });
    throw error;
  }
}
