import { responseHeaders } from "@subnetkit/shared/protocol/response-signature";
import { streamContentType } from "@subnetkit/shared/protocol/stream-signature";
import { synapseName } from "@subnetkit/shared/subnet/axon-names";
import type { AnyTask } from "@subnetkit/shared/subnet";
import { z } from "zod";
import { type Refusal, refusals } from "../../admission/refusal.ts";
import type { MinerDescription } from "./description.ts";

/** The document behind `GET /openapi.json`: OpenAPI 3.1, whose schemas are the JSON Schemas of the tasks. */
export function openapiDocument(description: MinerDescription): Record<string, unknown> {
  const { subnet, netuid, hotkey, dialects, tls = false } = description;
  const tasks = Object.values(subnet.tasks);
  return {
    openapi: "3.1.0",
    info: {
      title: `${subnet.name}, subnet ${netuid}`,
      version: String(subnet.version),
      description: `${subnet.description} Answered by the miner ${hotkey}.${tls ? ` ${tlsSentence}` : ""}`,
    },
    paths: {
      ...Object.fromEntries(tasks.map((task) => [`/v1/tasks/${task.id}`, { post: taskOperation(task, description) }])),
      ...(dialects.includes("axon")
        ? Object.fromEntries(
            tasks.map((task) => [`/${synapseName(task)}`, { post: synapseOperation(task, description) }]),
          )
        : {}),
      "/health": { get: plainOperation("Whether the miner can answer", "application/json") },
      "/v1/tasks": { get: plainOperation("The tasks and their schemas", "application/json") },
      "/openapi.json": { get: plainOperation("This document", "application/json") },
      "/": { get: plainOperation("A page about this miner", "text/html") },
    },
    components: {
      schemas: { Refusal: refusalSchema },
      securitySchemes: {
        ...(tls ? { [tlsScheme]: { type: "mutualTLS", description: tlsSentence } } : {}),
        btauth: {
          type: "apiKey",
          in: "header",
          name: "X-Bittensor-Signature",
          description:
            "btauth/1: X-Bittensor-Version, -Hotkey, -Receiver, -Nonce and -Signature over method, target, body hash, nonce and both hotkeys.",
        },
        axon: {
          type: "apiKey",
          in: "header",
          name: "bt_header_dendrite_signature",
          description: "A dendrite of SDK 10.",
        },
        epistula: {
          type: "apiKey",
          in: "header",
          name: "Epistula-Request-Signature",
          description: "Epistula version 2.",
        },
      },
    },
  };
}

/** Name of the security scheme of the connection. */
const tlsScheme = "hotkeyTls";

/** How to connect to a miner that serves hotkey-bound TLS, for people. */
export const tlsSentence =
  "Over TLS 1.3 only: both ends present a self-signed certificate that their hotkey vouches for, and a request over such a connection needs no signature of its own.";

/** What a caller must show: one of the signatures; over TLS the certificate, and a signature only if it likes. */
function security(names: readonly string[], { tls = false }: MinerDescription, signed = false): readonly object[] {
  const signatures = names.map((name) => ({ ...(tls ? { [tlsScheme]: [] } : {}), [name]: [] }));
  return tls && !signed ? [{ [tlsScheme]: [] }, ...signatures] : signatures;
}

const refusalSchema = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message", "remedy"],
      properties: { code: { type: "string" }, message: { type: "string" }, remedy: { type: "string" } },
    },
  },
};

function taskOperation(task: AnyTask, description: MinerDescription): Record<string, unknown> {
  const native = description.dialects.filter((dialect) => dialect !== "axon");
  return {
    operationId: task.id,
    summary: `Task ${task.id}`,
    description: `Answered within ${task.limits.timeoutMs} ms, in at most ${task.limits.maxResponseBytes} bytes.`,
    security: security(native, description),
    requestBody: { required: true, content: json(z.toJSONSchema(task.request, { unrepresentable: "any" })) },
    responses: {
      200: {
        description:
          "The answer, signed by the miner over the nonce, the path and the body of the request, and over the status and the body of the answer.",
        headers: Object.fromEntries(
          Object.values(responseHeaders).map((name) => [name, { schema: { type: "string" } }]),
        ),
        content: { ...json(z.toJSONSchema(task.response, { unrepresentable: "any" })), ...streamContent(task) },
      },
      ...refusalResponses(),
    },
  };
}

/** What a caller gets that accepts a stream; the schema is that of one chunk, the JSON of one event. */
function streamContent({ streaming }: AnyTask): Record<string, unknown> {
  if (streaming === undefined) return {};
  const description =
    "One event per chunk, `data: <JSON>`, then one event `trailer` with version, status, count, sha256 of all bytes before it, code, hotkey and signature.";
  return {
    [streamContentType]: {
      schema: { ...z.toJSONSchema(streaming.chunk, { unrepresentable: "any" }), description },
    },
  };
}

function synapseOperation(task: AnyTask, description: MinerDescription): Record<string, unknown> {
  return {
    operationId: synapseName(task),
    summary: `Task ${task.id}, as SDK 10 asks for it`,
    description: `A synapse with the fields of the request of task ${task.id}; the answer has those of its response as well.`,
    security: security(["axon"], description, true),
    responses: { 200: { description: "The synapse, filled in." }, ...refusalResponses() },
  };
}

/** Every refusal the server can send, by status. */
function refusalResponses(): Record<string, unknown> {
  const codes = new Map<number, string[]>();
  for (const { status, code } of Object.values(refusals) as Refusal[]) {
    codes.set(status, [...new Set([...(codes.get(status) ?? []), code])]);
  }
  return Object.fromEntries(
    [...codes].map(([status, names]) => [
      status,
      { description: names.join(", "), content: json({ $ref: "#/components/schemas/Refusal" }) },
    ]),
  );
}

const json = (schema: unknown): Record<string, unknown> => ({ "application/json": { schema } });

function plainOperation(summary: string, type: string): Record<string, unknown> {
  return { summary, responses: { 200: { description: summary, content: { [type]: {} } } } };
}
