import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Health } from "@subnetkit/shared/metrics/server";
import Fastify, { type FastifyError, type FastifyInstance } from "fastify";
import { addAxonRoute } from "../dialects/axon-route.ts";
import { type Refusal, refusals } from "../admission/refusal.ts";
import { addDescribeRoutes } from "./describe/describe-routes.ts";
import type { MinerDescription } from "./describe/description.ts";
import { addHealthRoute } from "./health-route.ts";
import { type ServerLimits, serverOptions } from "./limits.ts";
import { sendRefusal } from "./reply.ts";
import { addTaskRoute, type TaskRouteModules } from "./task-route.ts";

/** The miner's public server. */
export type MinerServer = {
  /** Throws E_PORT_BUSY, E_LISTEN. Resolves with the port. */
  listen(host: string, port: number): Promise<number>;
  /** Takes no new request, lets the ones under way finish. */
  close(): Promise<void>;
};

/** What the server is made of. */
export type MinerServerModules = TaskRouteModules & { readonly health: () => Health };

/** Builds the server: the task routes of every dialect, health and description, hard limits, and bodies kept as the bytes that were signed. */
export function createMinerServer(
  options: { readonly limits: ServerLimits; readonly description: MinerDescription },
  modules: MinerServerModules,
): MinerServer {
  const { limits, description } = options;
  const app = Fastify(serverOptions(limits));
  app.server.maxConnections = limits.maxConnections;
  keepRawBodies(app);
  app.setNotFoundHandler((_request, reply) => {
    modules.onOutcome(refusals.taskUnknown.outcome);
    return sendRefusal(reply, refusals.taskUnknown);
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const refusal = refusalOfError(error);
    if (refusal === refusals.failed) modules.log.error({ err: error }, "the server failed on a request");
    modules.onOutcome(refusal.outcome);
    return sendRefusal(reply, refusal);
  });
  addTaskRoute(app, modules);
  if (description.dialects.includes("axon")) addAxonRoute(app, Object.values(description.subnet.tasks), modules);
  addHealthRoute(app, modules.health);
  addDescribeRoutes(app, description);
  return {
    listen: (host, port) => listen(app, host, port),
    close: () => app.close(),
  };
}

/** The signature covers the raw bytes, whatever content type they are said to have: nothing is parsed before it is verified. */
function keepRawBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
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
