import { createServer, type Server, type ServerResponse } from "node:http";
import type { Registry } from "prom-client";
import { listenError } from "../util/listenError.ts";
import type { Logger } from "../log/logger.ts";

/** The state of a process: `live` (restart me if false), `ready` (send work), `degraded` (works, but a human should look). */
export type Health = {
  readonly live: boolean;
  readonly ready: boolean;
  readonly degraded: boolean;
  readonly reasons: readonly string[];
  readonly info: Readonly<Record<string, unknown>>;
};

export type StatusServerOptions = {
  readonly host: string;
  /** 0 for any; the chosen one is returned. */
  readonly port: number;
  readonly registry: Registry;
  /** Called before the metrics are printed, for gauges that must be true also while nothing happens (how old is the newest block?). */
  readonly beforeMetrics?: () => void;
  readonly health: () => Health;
  /** The process-specific document behind `/status`; bigints are printed as decimal strings. */
  readonly status?: () => unknown;
  readonly log: Logger;
};

export type StatusServer = { readonly port: number; close(): Promise<void> };

/**
 * Serves `/metrics`, `/health` (200 or 503 by `live`), `/ready` (200 or 503) and `/status`. GET and HEAD only, no request body, short
 * deadlines, few connections: a scraper is the only expected client. Throws E_PORT_BUSY.
 */
export async function startStatusServer(options: StatusServerOptions): Promise<StatusServer> {
  const { host, port, log } = options;
  const server = createServer(
    {
      headersTimeout: 2_000,
      requestTimeout: 4_000,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: 500,
      maxHeaderSize: 8_192,
    },
    (request, response) => {
      request.resume();
      answer(request.method ?? "", request.url ?? "", response, options).catch((error: unknown) => {
        log.error({ err: error }, "the status page failed");
        reply(response, 500, { error: "E_INTERNAL" });
      });
    },
  );
  server.maxConnections = 64;
  return { port: await listen(server, host, port), close: () => close(server) };
}

async function answer(
  method: string,
  url: string,
  response: ServerResponse,
  options: StatusServerOptions,
): Promise<void> {
  if (method !== "GET" && method !== "HEAD") return reply(response, 405, { error: "method not allowed" });
  switch (url.split("?", 1)[0]) {
    case "/metrics":
      options.beforeMetrics?.();
      return replyText(response, 200, options.registry.contentType, await options.registry.metrics());
    case "/health": {
      const health = options.health();
      return reply(response, health.live ? 200 : 503, health);
    }
    case "/ready": {
      const { ready, reasons } = options.health();
      return reply(response, ready ? 200 : 503, { ready, reasons });
    }
    case "/status":
      return options.status === undefined
        ? reply(response, 404, { error: "no status" })
        : reply(response, 200, options.status());
    default:
      return reply(response, 404, { error: "not found", pages: ["/metrics", "/health", "/ready", "/status"] });
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  const json = JSON.stringify(body, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
  replyText(response, status, "application/json; charset=utf-8", `${json}\n`);
}

function replyText(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, {
    "content-type": contentType,
    "cache-control": "no-store",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, { host, port, what: "the status pages" })));
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
