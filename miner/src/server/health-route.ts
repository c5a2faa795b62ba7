import type { Health } from "@subnetkit/shared/metrics/server";
import type { FastifyInstance } from "fastify";

/**
 * `GET /health` on the public port: live, ready, degraded and why in coded words; 503 when nothing can be asked, so that a load balancer needs to
 * read no more than the status. The operator's details stay on the status pages.
 */
export function addHealthRoute(app: FastifyInstance, health: () => Health): void {
  app.get("/health", { exposeHeadRoute: true }, (_request, reply) => {
    const { live, ready, degraded, reasons } = health();
    return reply
      .code(live && ready ? 200 : 503)
      .header("cache-control", "no-store")
      .send({ live, ready, degraded, reasons });
  });
}
