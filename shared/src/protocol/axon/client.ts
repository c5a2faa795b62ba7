import { randomUUID } from "node:crypto";
import type { Keypair } from "../../crypto/keypair.ts";
import { utf8 } from "../../util/bytes.ts";
import type { RequestHeaders } from "../btauth-headers.ts";
import { nextNonceNs } from "../nonce.ts";
import { axonBodyHash } from "./body-hash.ts";
import { axonMessage } from "./dialect.ts";
import { axonHeaders } from "./headers.ts";
import { type JsonMember, readJsonObject } from "./json-text.ts";
import { pythonText } from "./python-text.ts";
import { statedSdkVersion, synapseBaseFields } from "./synapse-fields.ts";

/** A task's request, and whom it goes to, in the terms of SDK 10 (spec/wire-protocols.md 1.1). */
export type SynapseRequest = {
  /** Class name of the synapse. */
  readonly name: string;
  /** JSON text of the request's own fields: an object. Sent as it is written here. */
  readonly requestJson: string;
  /** The class's `required_hash_fields`, in its order. One that the request leaves out is sent, and hashed, as null. */
  readonly hashFields: readonly string[];
  /** Fields without a default: an axon builds its class from their placeholders in the headers before it reads the body. */
  readonly requiredFields: readonly string[];
  readonly keypair: Keypair;
  /** The axon as the chain has it. */
  readonly axon: { readonly hotkey: string; readonly ip: string; readonly port: number };
  /** How long we wait, milliseconds. */
  readonly timeoutMs: number;
  /** Our own address, which SDK 10 tells and nobody checks; default untold. */
  readonly ip?: string;
  /** Default a fresh one. */
  readonly nonceNs?: bigint;
  /** Default a fresh one: axons want every nonce of one uuid to be greater than the last, so requests under way at once must not share it. */
  readonly uuid?: string;
};

/** A synapse ready to be posted to `/<name>`. */
export type SignedSynapse = {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** What a signed response of ours is bound to. */
  readonly requestNonce: string;
};

/** Names that a Python class can give a field and HTTP can carry in a header. */
const fieldPattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Signs a request as a dendrite of SDK 10 does. Undefined when the request is no JSON object, or wants a field that no header can name: no synapse can carry it. */
export function signSynapse(request: SynapseRequest): SignedSynapse | undefined {
  const { name, requestJson, hashFields, keypair, axon, ip, nonceNs = nextNonceNs(), uuid = randomUUID() } = request;
  if (!request.requiredFields.every((field) => fieldPattern.test(field))) return undefined;
  const fields = ownFields(requestJson, hashFields);
  const bodyHash = fields && axonBodyHash(fields, hashFields);
  if (fields === undefined || bodyHash === undefined) return undefined;
  const message = axonMessage({
    nonce: nonceNs,
    dendrite: keypair.address,
    axon: axon.hotkey,
    uuid,
    bodyHash,
  });
  const signature = `0x${Buffer.from(keypair.sign(message)).toString("hex")}`;
  const timeout = pythonFloat(request.timeoutMs / 1_000);
  const totalSize = String(requestJson.length);
  const dendrite = { ip, version: String(statedSdkVersion), nonce: nonceNs.toString(), uuid, signature };
  const body = synapseText(
    {
      name: JSON.stringify(name),
      timeout,
      total_size: totalSize,
      header_size: "0",
      dendrite: terminalText({ ...dendrite, hotkey: keypair.address }),
      axon: terminalText({ ip: axon.ip, port: String(axon.port), hotkey: axon.hotkey }),
      computed_body_hash: '""',
    },
    fields,
  );
  return {
    requestNonce: nonceNs.toString(),
    body: utf8(body),
    headers: {
      [axonHeaders.name]: name,
      [axonHeaders.timeout]: timeout,
      [axonHeaders.axonIp]: axon.ip,
      [axonHeaders.axonPort]: String(axon.port),
      [axonHeaders.axonHotkey]: axon.hotkey,
      ...(ip === undefined ? {} : { [axonHeaders.dendriteIp]: ip }),
      [axonHeaders.dendriteVersion]: dendrite.version,
      [axonHeaders.dendriteNonce]: dendrite.nonce,
      [axonHeaders.dendriteUuid]: uuid,
      [axonHeaders.dendriteHotkey]: keypair.address,
      [axonHeaders.dendriteSignature]: signature,
      ...placeholders(fields, request.requiredFields),
      [axonHeaders.headerSize]: "0",
      [axonHeaders.totalSize]: totalSize,
      [axonHeaders.bodyHash]: bodyHash,
      "content-type": "application/json",
    },
  };
}

/** What an axon answered: the synapse's fields but those of the base class, or what the axon says went wrong, or bytes that are no synapse. */
export type SynapseReply =
  | { readonly kind: "filled"; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: "refused"; readonly status: number }
  | { readonly kind: "not-json" };

/**
 * Reads a reply as a dendrite does: a success only when the HTTP status and the axon's own are 200. The axon states its own in a header, or in the
 * body; where it states none, the HTTP status counts.
 */
export function readSynapseReply(reply: {
  readonly status: number;
  readonly headers: RequestHeaders;
  readonly body: Uint8Array;
}): SynapseReply {
  if (reply.status !== 200) return { kind: "refused", status: reply.status };
  const synapse = parseObject(Buffer.from(reply.body).toString("utf8"));
  if (synapse === undefined) return { kind: "not-json" };
  const status = Number(reply.headers[axonHeaders.axonStatusCode] ?? statedInBody(synapse) ?? 200);
  if (status !== 200) return { kind: "refused", status: Number.isInteger(status) ? status : 500 };
  const fields = Object.entries(synapse).filter(([field]) => !synapseBaseFields.has(field));
  return { kind: "filled", fields: Object.fromEntries(fields) };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function statedInBody({ axon }: Readonly<Record<string, unknown>>): unknown {
  return typeof axon === "object" && axon !== null && "status_code" in axon ? axon.status_code : undefined;
}

function ownFields(requestJson: string, hashFields: readonly string[]): Map<string, JsonMember> | undefined {
  const read = readJsonObject(requestJson);
  if (read === undefined) return undefined;
  const missing = hashFields.filter((field) => !read.has(field));
  return new Map([...read, ...missing.map((field) => [field, { node: { kind: "null" }, text: "null" }] as const)]);
}

/** Members of SDK 10's terminal info, in its order. */
const terminalFields = ["status_code", "status_message", "process_time", "ip", "port", "version", "nonce", "uuid"];
const numbers: ReadonlySet<string> = new Set(["port", "version", "nonce"]);

function terminalText(known: Readonly<Record<string, string | undefined>>): string {
  const text = (field: string): string => {
    const value = known[field];
    if (value === undefined) return "null";
    return numbers.has(field) ? value : JSON.stringify(value);
  };
  return `{${[...terminalFields, "hotkey", "signature"].map((field) => `"${field}": ${text(field)}`).join(", ")}}`;
}

/** The body as Python writes it: base fields first, then the request's. */
function synapseText(base: Readonly<Record<string, string>>, fields: ReadonlyMap<string, JsonMember>): string {
  const members = [...Object.entries(base), ...[...fields].map(([field, { text }]) => [field, text] as const)];
  return `{${members.map(([field, text]) => `${JSON.stringify(field)}: ${text}`).join(", ")}}`;
}

/** For each required field the empty value of its type, base64 of its JSON. */
function placeholders(
  fields: ReadonlyMap<string, JsonMember>,
  required: readonly string[],
): Readonly<Record<string, string>> {
  const entries = required.flatMap((field): [string, string][] => {
    const member = fields.get(field);
    const empty = member === undefined ? undefined : emptyOf(member);
    return empty === undefined ? [] : [[`bt_header_input_obj_${field}`, Buffer.from(empty).toString("base64")]];
  });
  return Object.fromEntries(entries);
}

/** What Python's type of the value makes when it is called without arguments; undefined for None, which SDK 10 leaves out. */
function emptyOf({ node }: JsonMember): string | undefined {
  switch (node.kind) {
    case "null":
      return undefined;
    case "true":
    case "false":
      return "false";
    case "string":
      return '""';
    case "array":
      return "[]";
    case "object":
      return "{}";
    case "number":
      return /[.eE]/.test(node.text) ? "0.0" : "0";
  }
}

/** A float as Python writes it: with a point even where JavaScript has none. */
function pythonFloat(value: number): string {
  const text = String(value);
  return pythonText({ kind: "number", text: /[.eE]/.test(text) ? text : `${text}.0` });
}
