import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { listenError } from "@subnetkit/shared/util/listenError";
import type { Health } from "@subnetkit/shared/metrics/server";
import Fastify, { type FastifyInstance, type onRequestHookHandler } from "fastify";
import { type ConnectionRefusal, guardConnections, type HandshakeLimits } from "../admission/connection-guard.ts";
import { addAxonRoute } from "../dialects/axon-route.ts";
import { type Refusal, refusals } from "../admission/refusal.ts";
import { addDescribeRoutes } from "./describe/describe-routes.ts";
import type { MinerDescription } from "./describe/description.ts";
import { addHealthRoute } from "./health-route.ts";
import { errorHandler } from "./answer-error.ts";
import { countClientErrors } from "./client-error.ts";
import { isLastOnConnection } from "./direct-reply.ts";
import { type ServerLimits, serverOptions } from "./limits.ts";
import { QuickRequest } from "./quick-request.ts";
import { bodyParser } from "./read-body.ts";
import { type Reply, sendRefusal } from "./reply.ts";
import type { HotkeyTls } from "./tls.ts";
import { type TaskRouteModules, taskRoutes } from "./task-route.ts";
import { endWithReply } from "./unread-body.ts";

/** The miner's public server. */
export type MinerServer = {
  /** Throws E_PORT_BUSY, E_LISTEN. Resolves with the port. */
  listen(host: string, port: number): Promise<number>;
  /** Takes no new connection, lets replies under way be read to their end for so many milliseconds, then closes whatever is open. */
  close(graceMs?: number): Promise<void>;
};

/** What the server is made of. */
export type MinerServerModules = TaskRouteModules & {
  /** What strangers may know of it. */
  readonly health: () => Health;
  /** Hotkey-bound TLS; plain HTTP without it. */
  readonly tls?: HotkeyTls | undefined;
  /** How often its handshakes are begun; without it as often as anybody likes. */
  readonly handshakes?: HandshakeLimits | undefined;
  /** The permitted callers that are known to be in a network; without it nobody is known, and strangers may take all connections. */
  readonly callersIn?: ((network: string) => readonly string[]) | undefined;
  /** A connection was destroyed at accept. */
  readonly onConnectionRefused?: (reason: ConnectionRefusal) => void;
};

/** The server that Fastify works on, with TLS or without: ours, because `inFront` gets every request first, and so with limits that Fastify would set. */
function openApp(
  limits: ServerLimits,
  longestTaskMs: number,
  { tls, onOutcome }: MinerServerModules,
  inFront: (framework: RequestListener) => RequestListener,
): FastifyInstance {
  const options = serverOptions(limits);
  const { http, keepAliveTimeout = 0, maxRequestsPerSocket = 0 } = options;
  const serve = tls === undefined ? createServer : tls.serve;
  return Fastify({
    ...options,
    // A path that cannot be decoded, or whose parts are too long for any task.
    frameworkErrors: (_error, _request, reply) => refuseUnknown(reply, onOutcome),
    serverFactory: (framework) =>
      Object.assign(serve({ ...http, keepAliveTimeout, IncomingMessage: QuickRequest }, inFront(framework)), {
        maxRequestsPerSocket,
        // Nothing happens for so long only where a caller does not read: Node alone would wait for ever.
        timeout: longestTaskMs + limits.requestTimeoutMs,
      }),
  });
}

/** Of all connections: a quarter stays for networks that permitted callers are known to be in, however many strangers hold theirs. */
const strangersPart = 3 / 4;

/** Builds the server: the task routes of every dialect, health and description, hard limits, and bodies kept as the bytes that were signed. */
export function createMinerServer(
  options: { readonly limits: ServerLimits; readonly description: MinerDescription },
  modules: MinerServerModules,
): MinerServer {
  const { limits, description } = options;
  const { tls, callersIn } = modules;
  const tasks = Object.values(description.subnet.tasks);
  let closing = false;
  const closed = (): Refusal | undefined => (closing ? refusals.stopping : modules.closed?.());
  const longestTaskMs = Math.max(0, ...tasks.map((task) => task.limits.timeoutMs));
  const app = openApp(limits, longestTaskMs, modules, (framework) => {
    const direct = taskRoutes(tasks, limits, { ...modules, closed, peerOf: tls?.peerOf }, framework);
    return (request, response) => {
      // Node says so and closes nothing: it would answer whatever comes by itself, counted by nobody, for as long as it comes.
      if (isLastOnConnection(response)) response.shouldKeepAlive = false;
      if (request.headers.host === undefined && request.httpVersion === "1.1") return refuseHostless(response, modules);
      endWithReply(request, response, limits.maxBodyBytes);
      direct(request, response);
    };
  });
  app.server.prependListener("clientError", countClientErrors(modules.onOutcome));
  // Node would close the connection and tell nobody.
  app.server.on("connect", (_request, socket) => {
    modules.onOutcome(refusals.taskUnknown.outcome);
    socket.destroy();
  });
  // Node's own answer would keep the connection, and read a body for as long as it may come.
  app.server.on("checkExpectation", (_request, response: ServerResponse) => {
    modules.onOutcome(refusals.malformed.outcome);
    response.writeHead(417, { connection: "close", "content-length": 0 }).end();
  });
  app.server.maxConnections = limits.maxConnections;
  guardConnections(
    app.server,
    {
      maxPerAddress: limits.maxConnectionsPerAddress ?? limits.maxConnections,
      maxOfStrangers:
        callersIn === undefined ? limits.maxConnections : Math.ceil(limits.maxConnections * strangersPart),
      callersIn: callersIn ?? (() => []),
      handshakes: tls === undefined ? undefined : modules.handshakes,
    },
    modules.onConnectionRefused,
  );
  keepRawBodies(app, limits.maxBodyBytes);
  // A hook and no handler for what is not found: that would read the body first.
  app.addHook("onRequest", (request, reply, done) => {
    if (!request.is404) return done();
    refuseUnknown(reply, modules.onOutcome);
  });
  app.addHook("onRoute", (route) => {
    // The pages for everybody: forty bytes ask for several thousand. A request for a synapse meets all of admission.
    if (route.method === "GET" || route.method === "HEAD") route.onRequest = limitVisitors(modules);
  });
  app.setErrorHandler(errorHandler(modules));
  if (description.dialects.includes("axon")) addAxonRoute(app, tasks, { ...modules, closed });
  addHealthRoute(app, modules.health);
  addDescribeRoutes(app, description);
  return {
    listen: (host, port) => listen(app, host, port),
    close: (graceMs = defaultGraceMs) => {
      closing = true;
      return close(app, graceMs);
    },
  };
}

function refuseUnknown(reply: Reply, onOutcome: MinerServerModules["onOutcome"]): void {
  onOutcome(refusals.taskUnknown.outcome);
  sendRefusal(reply, refusals.taskUnknown);
}

/** What Node says to a request of HTTP/1.1 without a host. */
function refuseHostless(response: ServerResponse, { onOutcome }: MinerServerModules): void {
  onOutcome("not_http");
  response.writeHead(400, { connection: "close" }).end();
}

/** Takes a token of the address for a page, and counts whom it refuses. */
function limitVisitors({ admission, onOutcome }: MinerServerModules): onRequestHookHandler {
  return (request, reply, done) => {
    const unwelcome = admission.visitor(request.raw.socket.remoteAddress ?? "");
    if (unwelcome === undefined) return done();
    onOutcome(unwelcome.refusal.outcome);
    sendRefusal(reply, unwelcome.refusal, unwelcome.retryAfterMs);
  };
}

/** Time to read a reply that was complete when the server closed. */
const defaultGraceMs = 1_000;

/** A connection that was busy when the server closed would be kept alive after its reply: idle ones are looked for so often. */
const sweepMs = 50;

async function close(app: FastifyInstance, graceMs: number): Promise<void> {
  const { server } = app;
  const sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(cut);
  }
}

/** The signature covers the raw bytes, whatever content type they are said to have: nothing is parsed before it is verified. */
function keepRawBodies(app: FastifyInstance, maxBytes: number): void {
  app.removeAllContentTypeParsers();
  // What nearly every request says, by name: "*" is found only after everything else was looked at.
  app.addContentTypeParser(["application/json", "*"], bodyParser(maxBytes));
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw listenError(error, { host, port, what: "the miner" });
  }
  const address = app.server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}
