/** JSON-RPC over WebSocket and HTTP POST on one loopback port. Everything a peer can grow is bounded: message size, connections, unread output. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Metrics } from "@subnetkit/shared/metrics/define";
import { type WebSocket, WebSocketServer } from "ws";
import type { chainMetrics } from "../metrics.ts";
import type { Dispatch } from "./dispatch.ts";
import { Subscriptions } from "./subscriptions.ts";

/** Largest message from a client, bytes: an extrinsic of 5 MB in hex. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** Unread output at which a connection is cut: its client has stopped reading. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;
const PING_INTERVAL_MS = 30_000;

/** Options of the server. */
export interface RpcServerOptions {
  readonly host: string;
  /** 0 for any. */
  readonly port: number;
  readonly maxConnections: number;
}

/** What the server uses. */
export interface RpcServerModules {
  readonly dispatch: Dispatch;
  readonly log: Logger;
  readonly metrics: Metrics<typeof chainMetrics>;
  /** Hears when all connections have to be dropped: what their clients know is no longer true. */
  readonly onRewind?: (listener: () => void) => () => void;
}

/** A listening server. */
export interface RpcServer {
  readonly port: number;
  /** Number of open WebSocket connections. */
  connections(): number;
  close(): Promise<void>;
}

/** Listens. Throws E_PORT_BUSY or E_LISTEN. */
export async function startRpcServer(options: RpcServerOptions, modules: RpcServerModules): Promise<RpcServer> {
  const http = createServer(
    { headersTimeout: 5_000, requestTimeout: 60_000, maxHeaderSize: 16_384 },
    (request, response) => {
      serveHttp(request, response, modules).catch((error: unknown) => {
        modules.log.debug({ err: error }, "an HTTP request broke off");
        response.destroy();
      });
    },
  );
  http.maxConnections = options.maxConnections * 2;
  const sockets = new WebSocketServer({ server: http, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
  sockets.on("error", () => undefined);
  sockets.on("connection", (socket) => serveSocket(socket, sockets, options, modules));
  const beat = setInterval(() => {
    for (const socket of sockets.clients) socket.ping();
  }, PING_INTERVAL_MS);
  beat.unref();
  const unhear = modules.onRewind?.(() => {
    // After the reply of whoever asked for it.
    setImmediate(() => {
      for (const socket of sockets.clients) socket.close(1012, "the chain was taken back to an earlier block");
    });
  });
  await listen(http, options);
  return {
    port: (http.address() as AddressInfo).port,
    connections: () => sockets.clients.size,
    close: () => {
      clearInterval(beat);
      unhear?.();
      return close(http, sockets);
    },
  };
}

function serveSocket(
  socket: WebSocket,
  sockets: WebSocketServer,
  options: RpcServerOptions,
  { dispatch, log, metrics }: RpcServerModules,
): void {
  if (sockets.clients.size > options.maxConnections) {
    socket.close(1013, "too many connections");
    return;
  }
  metrics.subnetkit_chain_ws_connections.inc();
  const send = (text: string): void => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > MAX_UNREAD_BYTES) {
      log.warn("a client stopped reading and was disconnected");
      socket.terminate();
      return;
    }
    socket.send(text);
  };
  const subscriptions = new Subscriptions(send, (by) => metrics.subnetkit_chain_subscriptions.inc(by));
  socket.on("message", (data) => void dispatch(String(data), send, subscriptions));
  socket.on("error", (error) => log.debug({ err: error }, "a connection failed"));
  socket.on("close", () => {
    subscriptions.close();
    metrics.subnetkit_chain_ws_connections.dec();
  });
}

async function serveHttp(
  request: IncomingMessage,
  response: ServerResponse,
  { dispatch }: RpcServerModules,
): Promise<void> {
  response.setHeader("access-control-allow-origin", "*");
  response.setHeader("access-control-allow-headers", "content-type");
  if (request.method === "OPTIONS") {
    response.writeHead(204).end();
    return;
  }
  if (request.method !== "POST") {
    response
      .writeHead(405, { "content-type": "text/plain" })
      .end("Used HTTP Method is not allowed. POST is required\n");
    return;
  }
  const body = await readBody(request);
  if (body === undefined) {
    response.writeHead(413, { "content-type": "text/plain", connection: "close" }).end("The request is too big\n");
    return;
  }
  let answered = false;
  await dispatch(body, (text) => {
    answered = true;
    response.writeHead(200, { "content-type": "application/json; charset=utf-8" }).end(text);
  });
  if (!answered) response.writeHead(200).end();
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    const chunk = part as Buffer;
    size += chunk.length;
    if (size > MAX_MESSAGE_BYTES) return undefined;
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString("utf8");
}

function listen(http: Server, { host, port }: RpcServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once("error", (error: NodeJS.ErrnoException) => {
      const busy = error.code === "EADDRINUSE";
      reject(
        appError(
          busy ? "E_PORT_BUSY" : "E_LISTEN",
          busy ? { host, port, what: "the chain's JSON-RPC" } : { host, port, problem: errorMessage(error) },
          { cause: error },
        ),
      );
    });
    http.listen(port, host, resolve);
  });
}

function close(http: Server, sockets: WebSocketServer): Promise<void> {
  for (const socket of sockets.clients) socket.close(1001, "shutting down");
  const cut = setTimeout(() => {
    for (const socket of sockets.clients) socket.terminate();
    http.closeAllConnections();
  }, 500);
  return new Promise((resolve) => {
    sockets.close();
    http.close(() => {
      clearTimeout(cut);
      resolve();
    });
    http.closeIdleConnections();
  });
}
