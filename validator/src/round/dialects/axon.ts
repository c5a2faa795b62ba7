import { readSynapseReply, signSynapse } from "@subnetkit/shared/protocol/axon/client";
import type { AnyTask } from "@subnetkit/shared/subnet";
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
    return { path: `/${name}`, ...signed, extraBytes, read: (reply) => readAnswer(reply, task) };
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
