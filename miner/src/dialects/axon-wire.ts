import { randomUUID } from "node:crypto";
import { isAxonBodyHash } from "@subnetkit/shared/protocol/axon/body-hash";
import { axonHeaders } from "@subnetkit/shared/protocol/axon/headers";
import { type JsonMember, readJsonObject } from "@subnetkit/shared/protocol/axon/json-text";
import { printableCodePoints } from "@subnetkit/shared/protocol/axon/printable";
import { statedSdkVersion, synapseBaseFields } from "@subnetkit/shared/protocol/axon/synapse-fields";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { nextNonceNs } from "@subnetkit/shared/protocol/nonce";
import { signResponse } from "@subnetkit/shared/protocol/response-signature";
import type { AnyTask } from "@subnetkit/shared/subnet";
import { z } from "zod";
import type { Proven } from "../admission/admission.ts";
import { refusals } from "../admission/refusal.ts";
import { type BodyShape, bodyShape, fitsShape } from "../server/body-shape.ts";
import { type Reply, sendJson } from "../server/reply.ts";
import type { Addressee, Wire, WireMaker } from "../server/wire.ts";
import { axonStream } from "./axon-stream.ts";
import { axonRefusal } from "./axon-refusal.ts";

/**
 * The wire of SDK 10 (spec/wire-protocols.md 1.1): a request is the JSON of a synapse, its answer the same synapse with the fields of the response
 * filled in. The members of the request are sent back as the very text they came in, because the dendrite rebuilds its class from the answer and
 * JavaScript would spoil its large integers; but not those that only the response has, or we would sign what the caller says as our answer. A real
 * dendrite calls an answer a success only with `bt_header_axon_status_code: 200`; our signature over the body travels in two more headers, which it
 * ignores.
 */
export function axonWire(keypair: Keypair, shape: BodyShape = bodyShape()): WireMaker {
  // Not in the first request that has such characters.
  printableCodePoints();
  return ({ headers, body }) => {
    let members: ReadonlyMap<string, JsonMember> | undefined;
    let ours: ReadonlySet<string> = new Set();
    return {
      read: (task) => {
        if (!fitsShape(body, shape)) return refusals.complex;
        ours = responseOnly(task);
        members = readJsonObject(body.toString("utf8"));
        if (members === undefined) return refusals.notJson;
        const claimed = headers[axonHeaders.bodyHash];
        if (typeof claimed !== "string" || !isAxonBodyHash(members, task.axon?.hashFields ?? [], claimed))
          return refusals.bodyHash;
        const fields = [...members].filter(([name]) => !synapseBaseFields.has(name));
        const text = `{${fields.map(([name, member]) => `${JSON.stringify(name)}:${member.text}`).join(",")}}`;
        return { kind: "read", value: JSON.parse(text) as unknown };
      },
      answer: (reply, { body: answer, solveMs, proven }) => {
        const terminal = axonTerminal(keypair, proven, { code: 200, message: "Success", seconds: solveMs / 1000 });
        const response = readJsonObject(answer);
        const theirs = [...(members ?? [])].filter(([name]) => !ours.has(name));
        const sent = new Map(theirs.map(([name, { text }]) => [name, text]));
        if (response === undefined) sent.set("response", answer);
        for (const [name, { text }] of response ?? []) sent.set(name, text);
        sent.set("axon", JSON.stringify(terminal.json));
        const text = `{${[...sent].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`;
        send(reply, { status: 200, text, headers: terminal.headers }, { keypair, proven });
      },
      refuse: (reply, refusal, { proven, retryAfterMs }: Addressee) => {
        const { status, message, body: text, retryAfterS: usualS } = axonRefusal(refusal);
        const terminal = axonTerminal(keypair, proven, { code: status, message, seconds: 0 });
        const retryAfterS = retryAfterMs === undefined ? usualS : Math.ceil(retryAfterMs / 1000);
        const headers = retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) };
        send(reply, { status, text, headers: { ...headers, ...terminal.headers } }, { keypair, proven });
      },
      stream: (task, proven) =>
        task.axon?.stream === true
          ? axonStream(axonTerminal(keypair, proven, { code: 200, message: "Success", seconds: 0 }).headers)
          : undefined,
    } satisfies Wire;
  };
}

/** Fields that the response has and the request has not; only those of objects are known. */
function responseOnly({ request, response }: AnyTask): ReadonlySet<string> {
  if (!(response instanceof z.ZodObject)) return new Set();
  const asked = request instanceof z.ZodObject ? (request.shape as object) : {};
  return new Set(Object.keys(response.shape as object).filter((name) => !Object.hasOwn(asked, name)));
}

/** What an axon says of itself, as headers and as the `axon` member of a body; signed as SDK 10 signs it once the caller is known. */
function axonTerminal(
  keypair: Keypair,
  proven: Proven | undefined,
  status: { readonly code: number; readonly message: string; readonly seconds: number },
): { readonly headers: Record<string, string>; readonly json: Record<string, unknown> } {
  const nonce = nextNonceNs().toString();
  const uuid = randomUUID();
  const signature =
    proven === undefined
      ? undefined
      : `0x${Buffer.from(keypair.sign(Buffer.from(`${nonce}.${proven.validator}.${keypair.address}.${uuid}`))).toString("hex")}`;
  const processTime = String(status.seconds);
  return {
    headers: {
      [axonHeaders.axonStatusCode]: String(status.code),
      [axonHeaders.axonStatusMessage]: status.message,
      [axonHeaders.axonProcessTime]: processTime,
      [axonHeaders.axonVersion]: String(statedSdkVersion),
      [axonHeaders.axonNonce]: nonce,
      [axonHeaders.axonUuid]: uuid,
      [axonHeaders.axonHotkey]: keypair.address,
      ...(signature === undefined ? {} : { [axonHeaders.axonSignature]: signature }),
    },
    json: {
      status_code: status.code,
      status_message: status.message,
      process_time: processTime,
      version: statedSdkVersion,
      hotkey: keypair.address,
    },
  };
}

function send(
  reply: Reply,
  {
    status,
    text: body,
    headers,
  }: { readonly status: number; readonly text: string; readonly headers: Record<string, string> },
  { keypair, proven }: { readonly keypair: Keypair; readonly proven: Proven | undefined },
): void {
  const signed = proven === undefined ? {} : signResponse({ keypair, ...proven, status, body });
  sendJson(reply, { status, body, headers: { ...signed, ...headers } });
}
