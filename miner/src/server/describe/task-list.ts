import { synapseName } from "@subnetkit/shared/subnet/axon-names";
import { streamContentType } from "@subnetkit/shared/protocol/stream-signature";
import type { MinerDescription } from "./description.ts";
import { acceptedSchema, answeredSchema } from "./json-schema.ts";

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
      request: acceptedSchema(task.request),
      response: answeredSchema(task.response),
      ...(task.streaming === undefined
        ? {}
        : { chunk: answeredSchema(task.streaming.chunk), stream: streamContentType }),
    })),
  };
}
