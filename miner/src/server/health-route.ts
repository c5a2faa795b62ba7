import type { Health } from "@subnetkit/shared/metrics/server";
import type { FastifyInstance } from "fastify";

/** `GET /health` on the public port: the state, without the operator's details, which stay on the status pages. */
export function addHealthRoute(app: FastifyInstance, health: () => Health): void {
  app.get("/health", (_request, reply) => {
    const { live, ready, degraded } = health();
    return reply.code(live ? 200 : 503).send({ live, ready, degraded });
  });
}
