import { pingSynapse, synapseName } from "@subnetkit/shared/subnet/axon-names";
import type { AnyTask } from "@subnetkit/shared/subnet";
import { axonRefusal } from "../../dialects/axon-refusal.ts";
import type { MinerDescription } from "./description.ts";
import { acceptedSchema, answeredSchema, type JsonSchema } from "./json-schema.ts";
import { axonReplyHeaders, type ReplyHeaders, signedHeaders } from "./reply-headers.ts";
import { streamContentType } from "@subnetkit/shared/protocol/stream-signature";
import { refusals } from "../../admission/refusal.ts";
import { type RefusalName, refusalResponses, refusalSchemas } from "./refusal-responses.ts";

/** The document behind `GET /openapi.json`: OpenAPI 3.1, whose schemas are the JSON Schemas of the tasks. */
export function openapiDocument(description: MinerDescription): Record<string, unknown> {
  const { subnet, netuid, hotkey, dialects, tls = false } = description;
  const tasks = Object.values(subnet.tasks);
  const synapses = dialects.includes("axon")
    ? {
        ...Object.fromEntries(
          tasks.map((task) => [`/${synapseName(task)}`, { post: synapseOperation(task, description) }]),
        ),
        [`/${pingSynapse}`]: { get: pingOperation("get", description), post: pingOperation("post", description) },
      }
    : {};
  return {
    openapi: "3.1.0",
    info: {
      title: `${subnet.name}, subnet ${netuid}`,
      version: String(subnet.version),
      description: `${subnet.description} Answered by the miner ${hotkey}.${tls ? ` ${tlsSentence}` : ""}`,
    },
    servers: [{ url: "/" }],
    paths: {
      ...Object.fromEntries(tasks.map((task) => [`/v1/tasks/${task.id}`, { post: taskOperation(task, description) }])),
      ...synapses,
      "/health": { get: healthOperation(description) },
      "/v1/tasks": { get: plainOperation("listTasks", "The tasks and their schemas", "application/json", description) },
      "/openapi.json": { get: plainOperation("openapi", "This document", "application/json", description) },
      "/": { get: plainOperation("page", "A page about this miner", "text/html", description) },
    },
    components: { schemas: { ...refusalSchemas, Health: healthSchema }, securitySchemes: securitySchemes(description) },
  };
}

/** Name of the security scheme of the connection. */
const tlsScheme = "hotkeyTls";

/** How to connect to a miner that serves hotkey-bound TLS, for people. */
export const tlsSentence =
  "Over TLS 1.3 only: both ends present a self-signed certificate that their hotkey vouches for, and a request over such a connection needs no signature of its own.";

/** By its main header; the descriptions name the others. */
const signatureSchemes = {
  btauth: [
    "X-Bittensor-Signature",
    "btauth/1: X-Bittensor-Version, -Hotkey, -Receiver, -Nonce and -Signature over method, target, body hash, nonce and both hotkeys.",
  ],
  axon: ["bt_header_dendrite_signature", "A dendrite of SDK 10."],
  epistula: ["Epistula-Request-Signature", "Epistula version 2."],
} as const;

/** Those that this miner answers. */
function securitySchemes({ dialects, tls = false }: MinerDescription): Record<string, unknown> {
  const signed = dialects.map((name) => {
    const [header, description] = signatureSchemes[name];
    return [name, { type: "apiKey", in: "header", name: header, description }] as const;
  });
  return {
    ...(tls ? { [tlsScheme]: { type: "mutualTLS", description: tlsSentence } } : {}),
    ...Object.fromEntries(signed),
  };
}

/** What a caller must show: one of the signatures; over TLS the certificate, and a signature only if it likes. */
function security(names: readonly string[], { tls = false }: MinerDescription, signed = false): readonly object[] {
  const signatures = names.map((name) => ({ ...(tls ? { [tlsScheme]: [] } : {}), [name]: [] }));
  return tls && !signed ? [{ [tlsScheme]: [] }, ...signatures] : signatures;
}

/** What only one way of asking can meet: a task's own path exists, only SDK 10 says its hash in a header, and only certificates expire. */
function refusalsOf(dialect: "native" | "axon", tls: boolean): readonly RefusalName[] {
  const never = new Set<RefusalName>([
    "taskUnknown",
    ...(dialect === "native" ? (["bodyHash"] as const) : []),
    ...(tls ? [] : (["tlsExpired"] as const)),
  ]);
  return (Object.keys(refusals) as RefusalName[]).filter((name) => !never.has(name));
}

/** What a ping cannot meet: it has no task, and nobody reads its body. */
const ofTasksOnly: ReadonlySet<string> = new Set(["body", "queue", "timeout"]);
const notOfPings: ReadonlySet<RefusalName> = new Set(["bodyHash", "badResponse", "modelDown"]);

function taskOperation(task: AnyTask, description: MinerDescription): Record<string, unknown> {
  const { dialects, tls = false } = description;
  const { streaming } = task;
  const native = dialects.filter((dialect) => dialect !== "axon");
  // Over TLS a request needs no nonce, and without one no answer is signed; a stream is signed in its trailer.
  const always = !tls && streaming === undefined;
  return {
    operationId: task.id,
    summary: `Task ${task.id}`,
    description: `Answered within ${task.limits.timeoutMs} ms, in at most ${task.limits.maxResponseBytes} bytes.`,
    security: security(native, description),
    requestBody: { required: true, content: json(acceptedSchema(task.request)) },
    responses: {
      200: {
        description:
          "The answer, signed by the miner over the nonce, the path and the body of the request, and over the status and the body of the answer. Refusals of a caller who is proven are signed the same way.",
        headers: signedHeaders(always),
        content: {
          ...json(answeredSchema(task.response)),
          ...(streaming === undefined
            ? {}
            : { [streamContentType]: { schema: { ...answeredSchema(streaming.chunk), description: chunkSentence } } }),
        },
      },
      ...refusalResponses(refusalsOf("native", tls), { schema: "Refusal", phrase: (refusal) => refusal }),
    },
  };
}

/** What a caller gets that accepts a stream; the schema beside it is that of one chunk, the JSON of one event. */
const chunkSentence =
  "One event per chunk, `data: <JSON>`, then one event `trailer` with version, status, count, sha256 of all bytes before it, code, hotkey and signature.";

function synapseOperation(task: AnyTask, description: MinerDescription): Record<string, unknown> {
  const streams = task.streaming !== undefined && task.axon?.stream === true;
  const response = task.response;
  const whole = streams
    ? { [streamContentType]: { schema: { type: "string", description: "The chunks, and nothing else." } } }
    : json({
        allOf: [filledIn(response), { type: "object", required: ["axon"], properties: { axon: { type: "object" } } }],
      });
  return {
    operationId: `synapse_${synapseName(task)}`,
    summary: `Task ${task.id}, as SDK 10 asks for it`,
    description: `A synapse with the fields of the request of task ${task.id}; the answer has those of its response as well.`,
    security: security(["axon"], description, true),
    requestBody: { required: true, content: json(acceptedSchema(task.request)) },
    responses: {
      200: { description: "The synapse, filled in.", headers: synapseHeaders(!streams), content: whole },
      ...refusalResponses(refusalsOf("axon", description.tls === true), {
        schema: "SynapseRefusal",
        phrase: axonRefusal,
      }),
    },
  };
}

/** The fields of a response inside a synapse, which has others beside them; what is no object is its field `response`. */
function filledIn(response: AnyTask["response"]): JsonSchema {
  const { additionalProperties: _closed, ...schema } = answeredSchema(response);
  return schema["type"] === "object"
    ? schema
    : { type: "object", required: ["response"], properties: { response: schema } };
}

function synapseHeaders(isWhole: boolean): ReplyHeaders {
  return isWhole ? { ...axonReplyHeaders, ...signedHeaders(true) } : axonReplyHeaders;
}

function pingOperation(method: "get" | "post", description: MinerDescription): Record<string, unknown> {
  const names = refusalsOf("axon", description.tls === true).filter(
    (name) => !ofTasksOnly.has(refusals[name].outcome) && !notOfPings.has(name),
  );
  return {
    operationId: `ping_${method}`,
    summary: "SDK 10's ping: whether this caller would be answered",
    security: security(["axon"], description, true),
    responses: {
      200: {
        description: "He would.",
        headers: synapseHeaders(true),
        content: json({ type: "object", required: ["axon"], properties: { axon: { type: "object" } } }),
      },
      ...refusalResponses(names, { schema: "SynapseRefusal", phrase: axonRefusal }),
    },
  };
}

const healthSchema = {
  type: "object",
  required: ["live", "ready", "degraded", "reasons"],
  properties: {
    live: { type: "boolean" },
    ready: { type: "boolean" },
    degraded: { type: "boolean" },
    reasons: { type: "array", items: { type: "string" } },
  },
};

function healthOperation(description: MinerDescription): Record<string, unknown> {
  const content = json({ $ref: "#/components/schemas/Health" });
  return {
    operationId: "health",
    summary: "Whether the miner can answer",
    security: openTo(description),
    responses: {
      200: { description: "It can, perhaps with something that its operator should look at.", content },
      503: { description: "It cannot.", content },
    },
  };
}

const json = (schema: unknown): Record<string, unknown> => ({ "application/json": { schema } });

function plainOperation(
  operationId: string,
  summary: string,
  type: string,
  description: MinerDescription,
): Record<string, unknown> {
  return {
    operationId,
    summary,
    security: openTo(description),
    responses: { 200: { description: summary, content: { [type]: {} } } },
  };
}

/** No signature is asked for; where the port speaks hotkey-bound TLS, nobody gets here without a certificate. */
function openTo({ tls = false }: MinerDescription): readonly object[] {
  return tls ? [{ [tlsScheme]: [] }] : [];
}
