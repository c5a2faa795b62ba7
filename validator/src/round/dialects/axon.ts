import { readSynapseReply, signSynapse } from "@subnetkit/shared/protocol/axon/client";
import { axonHeaders } from "@subnetkit/shared/protocol/axon/headers";
import { streamContentType } from "@subnetkit/shared/protocol/stream-signature";
import { type AnyTask, assembleResponse } from "@subnetkit/shared/subnet";
import { synapseName } from "@subnetkit/shared/subnet/axon-names";
import { z } from "zod";
import type { ClientDialect, ReadReply, WholeReply } from "./client-dialect.ts";

/** What an axon adds to a reply besides the request itself, which it sends back: its own headers, and spaces. */
const terminalBytes = 4_096;

/**
 * SDK 10: `POST /<Synapse>`, a synapse out and the same synapse back with the fields of the response filled in. Of the body only the task's
 * `hashFields` are signed.
 */
export const axonCalls: ClientDialect = {
  name: "axon",
  call: ({ task, requestJson, keypair, miner }) => {
    const name = synapseName(task);
    const signed = signSynapse({
      name,
      requestJson,
      hashFields: task.axon?.hashFields ?? [],
      requiredFields: requiredFields(task),
      keypair,
      axon: miner,
      timeoutMs: task.limits.timeoutMs,
    });
    if (signed === undefined) return undefined;
    const extraBytes = 2 * signed.body.length + terminalBytes;
    const read = (reply: WholeReply): ReadReply =>
      isStream(reply, task) ? readStream(reply.body, task) : readAnswer(reply, task);
    return { path: `/${name}`, ...signed, extraBytes, read };
  },
};

/** Fields of the request that its schema wants; only an object's are known. */
function requiredFields({ request }: AnyTask): string[] {
  if (!(request instanceof z.ZodObject)) return [];
  return Object.entries(request.shape as Record<string, z.ZodType>)
    .filter(([, field]) => !field.safeParse(undefined).success)
    .map(([name]) => name);
}

/**
 * The synapse carries request and response as members of one object. Of a response that is an object by its schema only its own fields are taken;
 * one of another shape may be all the members, or the single member `response`, as which our miner sends what is no object.
 */
function readAnswer(reply: WholeReply, { response }: AnyTask): ReadReply {
  const read = readSynapseReply(reply);
  if (read.kind !== "filled") return read;
  const { fields } = read;
  if (response instanceof z.ZodObject) {
    const own = Object.entries(fields).filter(([field]) => Object.hasOwn(response.shape as object, field));
    return { kind: "values", values: [Object.fromEntries(own)] };
  }
  return { kind: "values", values: "response" in fields ? [fields, fields["response"]] : [fields] };
}

/** Whether an axon answered with the chunks of a StreamingSynapse, which it does whatever is asked of it. */
function isStream({ status, headers }: WholeReply, { axon, streaming }: AnyTask): boolean {
  const type = headers["content-type"];
  return (
    axon?.stream === true &&
    streaming !== undefined &&
    status === 200 &&
    (headers[axonHeaders.axonStatusCode] ?? "200") === "200" &&
    typeof type === "string" &&
    type.split(";", 1)[0]?.trim().toLowerCase() === streamContentType
  );
}

/**
 * A whole stream: its chunks are lines of JSON, or text of which nobody can tell any more where a chunk ended, so that it is one. What the task makes of them is what it
 * would have made of the chunks.
 */
function readStream(body: Uint8Array, task: AnyTask): ReadReply {
  const text = Buffer.from(body).toString("utf8");
  const values = [jsonLines(text), [text]].flatMap((chunks) => {
    const made = chunks === undefined ? undefined : assembleResponse(task, chunks);
    return made?.kind === "assembled" ? [made.value] : [];
  });
  return values.length > 0 ? { kind: "values", values } : { kind: "not-json" };
}

function jsonLines(text: string): unknown[] | undefined {
  try {
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as unknown);
  } catch {
    return undefined;
  }
}
