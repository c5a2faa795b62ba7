import { synapseName } from "@subnetkit/shared/subnet/axon-names";
import { streamContentType } from "@subnetkit/shared/protocol/stream-signature";
import { z } from "zod";
import type { MinerDescription } from "./description.ts";

/** The document behind `GET /v1/tasks`: which tasks there are, with JSON Schemas of request and response. */
export function taskList(description: MinerDescription): Record<string, unknown> {
  const { subnet, netuid, hotkey, maxRequestBytes, dialects, tls = false } = description;
  const { name, version, description: text } = subnet;
  return {
    subnet: { name, version, description: text, netuid },
    hotkey,
    auth: "btauth/1",
    dialects,
    transport: tls ? "hotkey-tls" : "http",
    maxRequestBytes,
    tasks: Object.values(subnet.tasks).map((task) => ({
      id: task.id,
      path: `/v1/tasks/${task.id}`,
      ...(dialects.includes("axon") ? { synapse: synapseName(task) } : {}),
      timeoutMs: task.limits.timeoutMs,
      maxResponseBytes: task.limits.maxResponseBytes,
      request: z.toJSONSchema(task.request, { unrepresentable: "any" }),
      response: z.toJSONSchema(task.response, { unrepresentable: "any" }),
      ...(task.streaming === undefined
        ? {}
        : { chunk: z.toJSONSchema(task.streaming.chunk, { unrepresentable: "any" }), stream: streamContentType }),
    })),
  };
}
