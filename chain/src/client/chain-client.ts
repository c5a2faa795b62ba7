import type { ApiPromise } from "@polkadot/api";

/** A block as the client names it: number and hash (0x, 32 bytes). */
export type BlockRef = { readonly number: number; readonly hash: string; readonly parentHash: string };

/** Optional counters of a connection; every hook is called synchronously and must not throw. */
export type ChainHooks = {
  /** A request finished: its method, how long it took, and whether it was answered, refused by the node, or never answered. */
  readonly onRequest?: (method: string, durationMs: number, outcome: "answered" | "refused" | "lost") => void;
  /** A connection was made (also the first one). */
  readonly onConnected?: (endpoint: string) => void;
  /** The connection was lost or given up; `reason` is one of a few constants, fit for a metric label. */
  readonly onDisconnected?: (endpoint: string, reason: DisconnectReason) => void;
  readonly onHead?: (block: BlockRef) => void;
};

/** Why a connection ended: the other side closed it, a request outlived its deadline, or no new head came for too long. */
export type DisconnectReason = "closed" | "silent" | "stalled";

/** One connection to one chain, pinned to its genesis, that mends itself. Made by `connectChain`. */
export type ChainClient = {
  /** The polkadot.js instance, for the modules of `chain/client` only. */
  readonly api: ApiPromise;
  /** 0x hex; every endpoint has to serve this chain. */
  readonly genesisHash: string;
  /** Time between blocks by the chain's own constant, milliseconds: 12,000, or 250 on a fast chain. */
  readonly blockMs: number;
  /** The endpoint in use, or the last one that was. */
  endpoint(): string;
  connected(): boolean;
  /** Newest known best block. */
  head(): BlockRef;
  /** Calls back for every new best block from now on. An exception in the callback is logged, not raised. Returns the unsubscribe. */
  subscribeHeads(callback: (block: BlockRef) => void): () => void;
  /** One raw JSON-RPC request under the read deadline. Throws E_CHAIN_TIMEOUT, E_CHAIN_DISCONNECTED, E_CHAIN_RPC. */
  rpc(method: string, params?: readonly unknown[], options?: { readonly timeoutMs?: number }): Promise<unknown>;
  /** One raw JSON-RPC subscription; renewed after a reconnection unless `once`. `onLost` is called when it will not continue. */
  subscribe(
    request: {
      readonly method: string;
      readonly params: readonly unknown[];
      readonly unsubscribe: string;
      readonly once?: boolean;
    },
    onResult: (result: unknown) => void,
    onLost?: () => void,
  ): Promise<() => void>;
  close(): Promise<void>;
};
