import type { Server } from "node:http";
import type { FastifyHttpOptions } from "fastify";
import type { HandshakeLimits } from "../admission/connection-guard.ts";
import type { MinerConfig } from "../config.ts";

/** What the server's limits are made of. */
export type ServerLimits = Pick<
  MinerConfig,
  "maxBodyBytes" | "maxConnections" | "headersTimeoutMs" | "requestTimeoutMs" | "keepAliveTimeoutMs"
> &
  Partial<Pick<MinerConfig, "maxConnectionsPerAddress">>;

/** How often TLS handshakes are begun. */
export type HandshakeConfig = Pick<
  MinerConfig,
  | "handshakesPerSecond"
  | "handshakeBurst"
  | "callerHandshakesPerSecond"
  | "callerHandshakeBurst"
  | "strangerHandshakesPerSecond"
  | "strangerHandshakeBurst"
>;

/** The same as token buckets. */
export function handshakeLimits(config: HandshakeConfig): HandshakeLimits {
  return {
    perAddress: { perSecond: config.handshakesPerSecond, burst: config.handshakeBurst },
    perCaller: { perSecond: config.callerHandshakesPerSecond, burst: config.callerHandshakeBurst },
    strangers: { perSecond: config.strangerHandshakesPerSecond, burst: config.strangerHandshakeBurst },
  };
}

/** Headers of a signed request take about 600 bytes. */
const maxHeaderBytes = 8_192;

/** Time-outs are looked at this often; Node's default of 30 s would make a headers time-out of 2 s fire after 30. */
const checkIntervalMs = 500;

/** A connection is closed after so many requests, so that none lives for ever. */
export const maxRequestsPerSocket = 10_000;

/**
 * Fastify's limits. Its defaults leave slow headers open for 60 s and slow bodies for ever; with these both end within seconds. The interval can
 * only be given when the server is made, and the request time-out has to be given to Fastify as well as to Node.
 */
export function serverOptions(limits: ServerLimits): FastifyHttpOptions<Server> {
  const { maxBodyBytes, headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs } = limits;
  return {
    logger: false,
    bodyLimit: maxBodyBytes,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    maxRequestsPerSocket,
    forceCloseConnections: "idle",
    exposeHeadRoutes: false,
    // Said by us, who count it.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 64 },
    http: {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: checkIntervalMs,
      maxHeaderSize: maxHeaderBytes,
      // Looked for by us, who count it.
      requireHostHeader: false,
    },
  };
}
