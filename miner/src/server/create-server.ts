import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Health } from "@subnetkit/shared/metrics/server";
import Fastify, { type FastifyError, type FastifyInstance } from "fastify";
import { type ConnectionRefusal, guardConnections, type HandshakeLimits } from "../admission/connection-guard.ts";
import { addAxonRoute } from "../dialects/axon-route.ts";
import { type Refusal, refusals } from "../admission/refusal.ts";
import { addDescribeRoutes } from "./describe/describe-routes.ts";
import type { MinerDescription } from "./describe/description.ts";
import { addHealthRoute } from "./health-route.ts";
import { releaseBody } from "./admit.ts";
import { type ServerLimits, serverOptions } from "./limits.ts";
import { sendRefusal } from "./reply.ts";
import type { HotkeyTls } from "./tls.ts";
import { addTaskRoutes, type TaskRouteModules } from "./task-route.ts";

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
  /** A connection was destroyed at accept. */
  readonly onConnectionRefused?: (reason: ConnectionRefusal) => void;
};

/** The server that Fastify works on: its own, or ours with TLS and the same limits, which a server of one's own has to be given. */
function openApp(limits: ServerLimits, tls: HotkeyTls | undefined): FastifyInstance {
  const options = serverOptions(limits);
  if (tls === undefined) return Fastify(options);
  const { http, keepAliveTimeout = 0, maxRequestsPerSocket = 0 } = options;
  return Fastify({
    ...options,
    serverFactory: (handler) =>
      Object.assign(tls.serve({ ...http, keepAliveTimeout }, handler), { maxRequestsPerSocket }),
  });
}

/** Builds the server: the task routes of every dialect, health and description, hard limits, and bodies kept as the bytes that were signed. */
export function createMinerServer(
  options: { readonly limits: ServerLimits; readonly description: MinerDescription },
  modules: MinerServerModules,
): MinerServer {
  const { limits, description } = options;
  const { tls } = modules;
  const app = openApp(limits, tls);
  app.server.maxConnections = limits.maxConnections;
  guardConnections(
    app.server,
    {
      maxPerAddress: limits.maxConnectionsPerAddress ?? limits.maxConnections,
      handshakes: tls === undefined ? undefined : modules.handshakes,
    },
    modules.onConnectionRefused,
  );
  keepRawBodies(app);
  // A hook and no handler for what is not found: that would read the body first.
  app.addHook("onRequest", (request, reply, done) => {
    if (!request.is404) return done();
    modules.onOutcome(refusals.taskUnknown.outcome);
    sendRefusal(reply, refusals.taskUnknown);
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    releaseBody(request);
    const refusal = refusalOfError(error);
    if (refusal === refusals.failed) modules.log.error({ err: error }, "the server failed on a request");
    modules.onOutcome(refusal.outcome);
    sendRefusal(reply, refusal);
  });
  const tasks = Object.values(description.subnet.tasks);
  addTaskRoutes(app, tasks, { ...modules, peerOf: tls?.peerOf });
  if (description.dialects.includes("axon")) addAxonRoute(app, tasks, modules);
  addHealthRoute(app, modules.health);
  addDescribeRoutes(app, description);
  return {
    listen: (host, port) => listen(app, host, port),
    close: (graceMs = defaultGraceMs) => close(app, graceMs),
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
function keepRawBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  // What nearly every request says, by name: "*" is found only after everything else was looked at.
  app.addContentTypeParser(["application/json", "*"], { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );
}

function refusalOfError(error: FastifyError): Refusal {
  if (error.statusCode === 413) return refusals.tooLarge;
  return error.statusCode !== undefined && error.statusCode < 500 ? refusals.malformed : refusals.failed;
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const busy = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    if (busy) throw appError("E_PORT_BUSY", { host, port, what: "the miner" }, { cause: error });
    throw appError("E_LISTEN", { host, port, problem: errorMessage(error) }, { cause: error });
  }
  const address = app.server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}
