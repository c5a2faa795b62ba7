import { setMaxListeners } from "node:events";
import type {
  ProviderInterface,
  ProviderInterfaceCallback,
  ProviderInterfaceEmitCb,
  ProviderInterfaceEmitted,
} from "@polkadot/rpc-provider/types";
import { appError, isAppError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { backoff } from "@subnetkit/shared/util/backoff";
import { delay } from "@subnetkit/shared/util/delay";
import { linkAbort } from "@subnetkit/shared/util/linkAbort";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import type { ChainHooks, DisconnectReason } from "./chain-client.ts";
import { openRpcSocket, type RpcSocket } from "./rpc-socket.ts";

/** How an {@link RpcProvider} connects. */
export type RpcProviderOptions = {
  readonly endpoints: readonly string[];
  /** Pins the provider; without it the first endpoint that answers does. */
  readonly genesisHash?: string;
  /** Read deadline of one request and of opening one connection. */
  readonly requestTimeoutMs: number;
  readonly reconnectMinMs?: number;
  readonly reconnectMaxMs?: number;
};

type Subscription = {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly once: boolean;
  readonly onResult: (result: unknown) => void;
  readonly onLost: (() => void) | undefined;
  remoteId?: string;
};

/** Requests that must not be repeated by themselves: the first one may have been carried out. */
const notRepeatable = /^(author_submit|dev_)/;

/**
 * The polkadot.js provider of this project: one live connection out of several endpoints of one chain.
 *
 * Every request has a read deadline. A lost connection is replaced in the background, the endpoints taken in turn with a growing pause;
 * an endpoint with another genesis is never used. Reads under way are repeated on the new connection within their deadline;
 * subscriptions are renewed; one-shot ones (watched extrinsics) are told that they are lost.
 */
export class RpcProvider implements ProviderInterface {
  readonly hasSubscriptions = true;
  readonly isClonable = false;
  readonly #options: RpcProviderOptions;
  readonly #log: Logger;
  readonly #hooks: ChainHooks;
  readonly #closing = new AbortController();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #byRemoteId = new Map<string, Subscription>();
  readonly #listeners = new Map<ProviderInterfaceEmitted, Set<ProviderInterfaceEmitCb>>();
  readonly #waiting = new Set<() => void>();
  /** Resolves with the next connection, or the end. */
  #arrival: Promise<void> | undefined;
  #socket: RpcSocket | undefined;
  #endpointIndex = 0;
  #genesisHash: string | undefined;
  #lastError: unknown;
  #everConnected = false;
  #nextSubscription = 1;

  constructor(options: RpcProviderOptions, modules: { readonly log: Logger; readonly hooks?: ChainHooks }) {
    // As many requests as wait for an answer, each with a deadline that the end cuts short.
    setMaxListeners(0, this.#closing.signal);
    this.#options = options;
    this.#log = modules.log;
    this.#hooks = modules.hooks ?? {};
    this.#genesisHash = options.genesisHash;
  }

  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  /** The genesis this provider is pinned to; undefined before the first connection. */
  get genesisHash(): string | undefined {
    return this.#genesisHash;
  }

  get endpoint(): string {
    return this.#options.endpoints[this.#endpointIndex] ?? "";
  }

  get endpointCount(): number {
    return this.#options.endpoints.length;
  }

  /**
   * Makes the first connection within `timeoutMs`, then keeps one alive until `disconnect`. Throws E_CHAIN_WRONG_GENESIS when an endpoint
   * that answered serves another chain and no other endpoint served the right one, E_CHAIN_SHAPE when it does not know which, else
   * E_CHAIN_UNREACHABLE.
   */
  async start(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.#options.endpoints.length === 0) throw appError("E_CHAIN_UNREACHABLE", { endpoints: [] });
    const unlink = linkAbort(signal, this.#closing);
    const loop = this.#keepConnected();
    loop.catch(() => undefined).finally(unlink);
    try {
      await withTimeout(Promise.race([this.#connected(), loop]), timeoutMs, "Connecting to the chain", signal);
    } catch (error) {
      await this.disconnect();
      if (isAppError(error, "E_ABORTED")) throw error;
      if (isAppError(this.#lastError, "E_CHAIN_WRONG_GENESIS") || isAppError(this.#lastError, "E_CHAIN_SHAPE"))
        throw this.#lastError;
      throw appError(
        "E_CHAIN_UNREACHABLE",
        { endpoints: [...this.#options.endpoints] },
        { cause: this.#lastError ?? error },
      );
    }
  }

  /** Gives the present connection up and goes to the next endpoint. */
  failover(reason: DisconnectReason): void {
    this.#socket?.close(reason);
  }

  connect(): Promise<void> {
    return Promise.resolve();
  }

  clone(): ProviderInterface {
    throw appError("E_INTERNAL", { what: "an RpcProvider cannot be cloned" });
  }

  disconnect(): Promise<void> {
    this.#closing.abort();
    this.#socket?.close("closed");
    this.#subscriptions.clear();
    return Promise.resolve();
  }

  on(type: ProviderInterfaceEmitted, listener: ProviderInterfaceEmitCb): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the signature is polkadot.js's; `request` below is the typed one
  send<T = any>(method: string, params: unknown[]): Promise<T> {
    return this.request(method, params) as Promise<T>;
  }

  /** One request: waits for a connection, sends, and repeats a lost read on the next connection, all within one deadline. */
  async request(
    method: string,
    params: readonly unknown[],
    timeoutMs = this.#options.requestTimeoutMs,
  ): Promise<unknown> {
    const startedMs = Date.now();
    for (;;) {
      const leftMs = timeoutMs - (Date.now() - startedMs);
      try {
        const socket = await this.#liveSocket(method, leftMs, timeoutMs);
        const result = await socket.request(method, params, Math.max(1, timeoutMs - (Date.now() - startedMs)));
        this.#hooks.onRequest?.(method, Date.now() - startedMs, "answered");
        return result;
      } catch (error) {
        const repeat =
          isAppError(error, "E_CHAIN_DISCONNECTED") && !notRepeatable.test(method) && !this.#closing.signal.aborted;
        if (repeat && Date.now() - startedMs < timeoutMs) continue;
        this.#hooks.onRequest?.(method, Date.now() - startedMs, isAppError(error, "E_CHAIN_RPC") ? "refused" : "lost");
        throw error;
      }
    }
  }

  subscribe(_type: string, method: string, params: unknown[], callback: ProviderInterfaceCallback): Promise<string> {
    return this.watch({ method, params, once: false }, (result) => callback(null, result));
  }

  /** Like `subscribe`, typed. A `once` subscription is not renewed after a reconnection: `onLost` is called instead. */
  async watch(
    request: { readonly method: string; readonly params: readonly unknown[]; readonly once: boolean },
    onResult: (result: unknown) => void,
    onLost?: () => void,
  ): Promise<string> {
    const localId = `s${this.#nextSubscription++}`;
    const subscription: Subscription = { ...request, onResult, onLost };
    const { requestTimeoutMs } = this.#options;
    const socket = await this.#liveSocket(request.method, requestTimeoutMs, requestTimeoutMs);
    await socket.request(request.method, request.params, requestTimeoutMs, (remoteId) => {
      // Set before the promise resolves: the first notification may be in the same read as the answer.
      this.#bind(subscription, remoteId);
      this.#subscriptions.set(localId, subscription);
    });
    return localId;
  }

  async unsubscribe(_type: string, method: string, id: number | string): Promise<boolean> {
    const subscription = this.#subscriptions.get(String(id));
    this.#subscriptions.delete(String(id));
    if (subscription?.remoteId === undefined) return true;
    this.#byRemoteId.delete(subscription.remoteId);
    // Best effort: a server that is gone has forgotten the subscription too.
    await this.#socket?.request(method, [subscription.remoteId], this.#options.requestTimeoutMs).catch(() => undefined);
    return true;
  }

  async #keepConnected(): Promise<void> {
    const { reconnectMinMs = 100, reconnectMaxMs = 10_000 } = this.#options;
    let reported: string | undefined;
    const foreign = new Set<string>();
    for (let attempt = 0; !this.#closing.signal.aborted; attempt++) {
      try {
        const reason = await this.#connectOnce();
        if (this.#closing.signal.aborted) return;
        attempt = -1;
        reported = undefined;
        this.#log.warn({ endpoint: this.endpoint, reason }, "chain connection lost, reconnecting");
        if (reason !== "closed") this.#nextEndpoint();
      } catch (error) {
        this.#lastError = error;
        if (this.#closing.signal.aborted) return;
        // Waiting helps where nobody answers, not where everybody is somebody else.
        if (isAppError(error, "E_CHAIN_WRONG_GENESIS")) foreign.add(this.endpoint);
        else foreign.delete(this.endpoint);
        if (!this.#everConnected && foreign.size === new Set(this.#options.endpoints).size) throw error;
        // Said once per kind of trouble, not once per attempt.
        const code = isAppError(error) ? error.code : "unexpected";
        const level = code === reported || this.#genesisHash === undefined ? "debug" : "warn";
        reported = code;
        this.#log[level]({ endpoint: this.endpoint, err: error }, "chain endpoint not usable");
        this.#nextEndpoint();
      }
      await delay(
        backoff(Math.max(0, attempt), { minMs: reconnectMinMs, maxMs: reconnectMaxMs }),
        this.#closing.signal,
      );
    }
  }

  /** One connection from open to close; resolves with why it ended, throws when it could not be used at all. */
  async #connectOnce(): Promise<DisconnectReason> {
    const endpoint = this.endpoint;
    const { requestTimeoutMs } = this.#options;
    let onClose: (reason: DisconnectReason) => void = () => undefined;
    const closed = new Promise<DisconnectReason>((resolve) => {
      onClose = resolve;
    });
    const socket = await openRpcSocket(endpoint, requestTimeoutMs, {
      onNotification: (id, result) => this.#byRemoteId.get(id)?.onResult(result),
      onClose,
    });
    try {
      if (this.#closing.signal.aborted) throw appError("E_ABORTED", { name: "Connecting to the chain" });
      await this.#pinGenesis(socket);
      await this.#renewSubscriptions(socket);
    } catch (error) {
      socket.close("closed");
      throw error;
    }
    this.#socket = socket;
    this.#everConnected = true;
    this.#hooks.onConnected?.(endpoint);
    this.#emit("connected");
    for (const wake of [...this.#waiting]) wake();
    const reason = await closed;
    this.#socket = undefined;
    this.#hooks.onDisconnected?.(endpoint, reason);
    this.#dropOneShots();
    this.#emit("disconnected");
    return reason;
  }

  async #pinGenesis(socket: RpcSocket): Promise<void> {
    const actual = await socket.request("chain_getBlockHash", [0], this.#options.requestTimeoutMs);
    if (typeof actual !== "string")
      throw appError("E_CHAIN_SHAPE", { what: "genesis hash", reason: `${socket.endpoint} does not know its block 0` });
    this.#genesisHash ??= actual;
    if (actual !== this.#genesisHash) {
      throw appError("E_CHAIN_WRONG_GENESIS", { endpoint: socket.endpoint, actual, expected: this.#genesisHash });
    }
  }

  async #renewSubscriptions(socket: RpcSocket): Promise<void> {
    this.#byRemoteId.clear();
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.once) continue;
      await socket.request(subscription.method, subscription.params, this.#options.requestTimeoutMs, (id) =>
        this.#bind(subscription, id),
      );
    }
  }

  #bind(subscription: Subscription, remoteId: unknown): void {
    subscription.remoteId = String(remoteId);
    this.#byRemoteId.set(subscription.remoteId, subscription);
  }

  #dropOneShots(): void {
    for (const [localId, subscription] of [...this.#subscriptions]) {
      if (!subscription.once) continue;
      this.#subscriptions.delete(localId);
      subscription.onLost?.();
    }
  }

  #nextEndpoint(): void {
    this.#endpointIndex = (this.#endpointIndex + 1) % this.#options.endpoints.length;
  }

  async #liveSocket(method: string, leftMs: number, timeoutMs: number): Promise<RpcSocket> {
    if (this.#socket !== undefined) return this.#socket;
    if (this.#closing.signal.aborted) throw appError("E_CHAIN_DISCONNECTED", { method });
    try {
      await withTimeout(this.#connected(), Math.max(1, leftMs), method, this.#closing.signal);
    } catch (error) {
      if (isAppError(error, "E_TIMEOUT")) throw appError("E_CHAIN_TIMEOUT", { method, timeoutMs });
      throw appError("E_CHAIN_DISCONNECTED", { method }, { cause: error });
    }
    if (this.#socket === undefined) throw appError("E_CHAIN_DISCONNECTED", { method });
    return this.#socket;
  }

  #connected(): Promise<void> {
    if (this.#socket !== undefined) return Promise.resolve();
    // One for all requests that wait: those that give up would each leave theirs behind, and an outage may be long.
    this.#arrival ??= new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        this.#closing.signal.removeEventListener("abort", wake);
        this.#arrival = undefined;
        resolve();
      };
      this.#waiting.add(wake);
      this.#closing.signal.addEventListener("abort", wake, { once: true });
    });
    return this.#arrival;
  }

  #emit(type: ProviderInterfaceEmitted): void {
    for (const listener of this.#listeners.get(type) ?? []) listener();
  }
}
