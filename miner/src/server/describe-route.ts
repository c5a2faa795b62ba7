import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import type { FastifyInstance } from "fastify";
import { z } from "zod";

/** What `GET /v1/tasks` tells a stranger: public facts only. */
export type MinerDescription = {
  readonly subnet: SubnetDefinition;
  readonly netuid: number;
  readonly hotkey: string;
  readonly maxRequestBytes: number;
};

/** `GET /v1/tasks`: which tasks there are, with JSON Schemas of request and response. Built once, since it never changes. */
export function addDescribeRoute(app: FastifyInstance, description: MinerDescription): void {
  const body = JSON.stringify(describeTasks(description));
  app.get("/v1/tasks", (_request, reply) => reply.header("content-type", "application/json; charset=utf-8").send(body));
}

/** The document behind `GET /v1/tasks`. */
export function describeTasks({ subnet, netuid, hotkey, maxRequestBytes }: MinerDescription): Record<string, unknown> {
  const { name, version, description } = subnet;
  return {
    subnet: { name, version, description, netuid },
    hotkey,
    auth: "btauth/1",
    maxRequestBytes,
    tasks: Object.values(subnet.tasks).map((task) => ({
      id: task.id,
      path: `/v1/tasks/${task.id}`,
      timeoutMs: task.limits.timeoutMs,
      maxResponseBytes: task.limits.maxResponseBytes,
      request: z.toJSONSchema(task.request, { unrepresentable: "any" }),
      response: z.toJSONSchema(task.response, { unrepresentable: "any" }),
    })),
  };
}
