/** JSON-RPC over WebSocket and HTTP POST on one loopback port. Everything a peer can grow is bounded: message size, connections, unread output. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { listenError } from "@subnetkit/shared/util/listenError";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Metrics } from "@subnetkit/shared/metrics/define";
import { WebSocketServer } from "ws";
import type { chainMetrics } from "../metrics.ts";
import { ByteBudget } from "./byte-budget.ts";
import { Connection } from "./connection.ts";
import type { Dispatch } from "./dispatch.ts";

/** Largest message that is answered, bytes: the real node's 15 MiB. */
const MAX_MESSAGE_BYTES = 15 * 1024 * 1024;
/** A WebSocket message up to this is read to be refused; a larger one closes the connection (1009). */
const MAX_FRAME_BYTES = MAX_MESSAGE_BYTES + 1024 * 1024;
/** What all clients together may have sent of unfinished messages, and what they may leave unread, bytes each. */
const MAX_HELD_BYTES = 256 * 1024 * 1024;
const PING_INTERVAL_MS = 30_000;
/** An HTTP request whose answer is lost on purpose is held open this long. */
const LOST_MS = 120_000;

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
  const unread = new ByteBudget(MAX_HELD_BYTES);
  const incoming = new ByteBudget(MAX_HELD_BYTES);
  const http = createServer(
    { headersTimeout: 5_000, requestTimeout: 60_000, maxHeaderSize: 16_384 },
    (request, response) => {
      serveHttp(request, response, { ...modules, incoming, unread }).catch((error: unknown) => {
        modules.log.debug({ err: error }, "an HTTP request broke off");
        response.destroy();
      });
    },
  );
  http.maxConnections = options.maxConnections * 2;
  const sockets: WebSocketServer = new WebSocketServer({
    server: http,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    verifyClient: (_info, done) => {
      if (sockets.clients.size < options.maxConnections) done(true);
      else done(false, 429, "Too many connections. Please try again later.");
    },
  });
  sockets.on("error", () => undefined);
  sockets.on(
    "connection",
    (socket, request) =>
      new Connection(
        {
          socket,
          stream: request.socket,
          maxMessageBytes: MAX_MESSAGE_BYTES,
          maxFrameBytes: MAX_FRAME_BYTES,
          incoming,
          unread,
        },
        modules,
      ),
  );
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

interface HttpModules extends RpcServerModules {
  readonly incoming: ByteBudget;
  readonly unread: ByteBudget;
}

async function serveHttp(
  request: IncomingMessage,
  response: ServerResponse,
  { dispatch, incoming, unread }: HttpModules,
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
  const body = await readBody(request, incoming);
  if (body === undefined) {
    response.writeHead(413, { "content-type": "text/plain", connection: "close" }).end("The request is too big\n");
    return;
  }
  const fate = await dispatch(body, (text) => answer(response, text, unread));
  if (fate === "silent") response.writeHead(200).end();
  else if (fate === "cut") response.destroy();
  else if (fate === "lost") response.setTimeout(LOST_MS, () => response.destroy());
}

function answer(response: ServerResponse, text: string, unread: ByteBudget): void {
  const within = unread.add(text.length);
  response.once("close", () => unread.add(-text.length));
  if (within) response.writeHead(200, { "content-type": "application/json; charset=utf-8" }).end(text);
  else response.destroy();
}

/** The body; undefined where it is larger than allowed, or all clients together send more than the server holds. */
async function readBody(request: IncomingMessage, incoming: ByteBudget): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of request) {
      const chunk = part as Buffer;
      size += chunk.length;
      if (!incoming.add(chunk.length) || size > MAX_MESSAGE_BYTES) return undefined;
      parts.push(chunk);
    }
    return Buffer.concat(parts).toString("utf8");
  } finally {
    incoming.add(-size);
  }
}

function listen(http: Server, { host, port }: RpcServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once("error", (error) => reject(listenError(error, { host, port, what: "the chain's JSON-RPC" })));
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
