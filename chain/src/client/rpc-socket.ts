import { appError } from "@subnetkit/shared/errors/app-error";
import { WebSocket } from "ws";
import type { DisconnectReason } from "./chain-client.ts";

/** Larger than any metadata or metagraph in use (about 1 MiB), small enough that a hostile endpoint cannot fill the memory. */
const maxPayloadBytes = 64 * 1024 * 1024;

/** Pings, one every half read deadline, without a sign of life that a connection survives. */
const mostUnanswered = 3;

/** One WebSocket with JSON-RPC on it: it is opened, used and closed once, and never reconnects. */
export type RpcSocket = {
  readonly endpoint: string;
  /** Throws E_CHAIN_RPC (refused), E_CHAIN_TIMEOUT (the read deadline), E_CHAIN_DISCONNECTED (the socket ended first). */
  request(
    method: string,
    params: readonly unknown[],
    timeoutMs: number,
    onAnswer?: (result: unknown) => void,
  ): Promise<unknown>;
  close(reason: DisconnectReason): void;
};

/** What an RpcSocket tells its owner; both are called synchronously. */
export type RpcSocketEvents = {
  readonly onNotification: (subscription: string, result: unknown) => void;
  readonly onClose: (reason: DisconnectReason) => void;
};

type Pending = {
  readonly method: string;
  readonly settle: (result: unknown) => void;
  readonly fail: (error: Error) => void;
};
type Incoming = {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code?: unknown; readonly message?: unknown; readonly data?: unknown };
  readonly params?: { readonly subscription?: unknown; readonly result?: unknown };
};

/**
 * Opens a connection within `timeoutMs`; throws E_CHAIN_UNREACHABLE. A request that outlives its deadline when nothing at all has arrived for
 * `timeoutMs` closes the socket as "silent": a half-open connection looks healthy for ever otherwise (spec/users.md 1, complaint 6). So does one on which
 * nothing is asked, for notifications that do not come are not missed: the socket is pinged, and closed when nothing has come for about twice `timeoutMs`.
 */
export function openRpcSocket(endpoint: string, timeoutMs: number, events: RpcSocketEvents): Promise<RpcSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(endpoint, {
      handshakeTimeout: timeoutMs,
      maxPayload: maxPayloadBytes,
      perMessageDeflate: false,
    });
    const pending = new Map<number, Pending>();
    let nextId = 1;
    let lastArrivalMs = Date.now();
    /** Pings since the last message or pong. Counted, not timed: after a pause of this process what has arrived is read between two of them. */
    let unanswered = 0;
    let heartbeat: NodeJS.Timeout | undefined;
    let opened = false;
    let closed = false;

    const finish = (reason: DisconnectReason): void => {
      if (closed) return;
      closed = true;
      clearInterval(heartbeat);
      for (const { method, fail } of [...pending.values()])
        fail(appError("E_CHAIN_DISCONNECTED", { method, endpoint }));
      socket.terminate();
      if (opened) events.onClose(reason);
      else reject(appError("E_CHAIN_UNREACHABLE", { endpoints: [endpoint] }));
    };

    const request: RpcSocket["request"] = (method, params, requestTimeoutMs, onAnswer) =>
      new Promise((settleResult, failRequest) => {
        if (closed) {
          failRequest(appError("E_CHAIN_DISCONNECTED", { method, endpoint }));
          return;
        }
        const id = nextId++;
        const timer = setTimeout(() => {
          pending.delete(id);
          failRequest(appError("E_CHAIN_TIMEOUT", { method, timeoutMs: requestTimeoutMs, endpoint }));
          // Nine tenths: the clock and the timer are not the same.
          if (Date.now() - lastArrivalMs >= timeoutMs * 0.9) finish("silent");
        }, requestTimeoutMs);
        const leave = (): void => {
          clearTimeout(timer);
          pending.delete(id);
        };
        pending.set(id, {
          method,
          settle: (result) => {
            leave();
            onAnswer?.(result);
            settleResult(result);
          },
          fail: (error) => {
            leave();
            failRequest(error);
          },
        });
        socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
      });

    socket.on("open", () => {
      opened = true;
      heartbeat = setInterval(() => {
        if (unanswered >= mostUnanswered) finish("silent");
        else socket.ping();
        unanswered += 1;
      }, timeoutMs / 2);
      heartbeat.unref();
      resolve({ endpoint, request, close: finish });
    });
    socket.on("message", (data: Buffer) => {
      lastArrivalMs = Date.now();
      unanswered = 0;
      const message = parseMessage(data);
      if (message === undefined) return;
      if (typeof message.id === "number") answer(pending.get(message.id), message);
      else if (message.params?.subscription !== undefined) {
        events.onNotification(String(message.params.subscription), message.params.result);
      }
    });
    socket.on("pong", () => {
      unanswered = 0;
    });
    socket.on("error", () => finish("closed"));
    socket.on("close", () => finish("closed"));
  });
}

function answer(pending: Pending | undefined, message: Incoming): void {
  if (pending === undefined) return;
  if (message.error === undefined) pending.settle(message.result);
  else {
    const { code, message: text, data } = message.error;
    pending.fail(appError("E_CHAIN_RPC", { method: pending.method, code, message: String(text), data }));
  }
}

function parseMessage(data: Buffer): Incoming | undefined {
  try {
    const parsed: unknown = JSON.parse(data.toString("utf8"));
    return typeof parsed === "object" && parsed !== null ? (parsed as Incoming) : undefined;
  } catch {
    return undefined;
  }
}
