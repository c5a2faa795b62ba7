import { createHash } from "node:crypto";
import type { JsonMember } from "./json-text.ts";
import { pythonBytes } from "./python-text.ts";

/** The body hash of a synapse class that declares no fields to be hashed, which is SDK 10's default: the body is then not authenticated at all. */
export const emptyBodyHash = sha3Hex("");

/**
 * SDK 10's hash of a body: SHA3-256 over the joined hex digests of the declared fields, each of its Python text (spec/wire-protocols.md 1.1).
 * `fields` in the order of the class; undefined when one of them is missing.
 */
export function axonBodyHash(members: ReadonlyMap<string, JsonMember>, fields: readonly string[]): string | undefined {
  const digests: string[] = [];
  for (const field of fields) {
    const member = members.get(field);
    if (member === undefined) return undefined;
    digests.push(sha3Hex(pythonBytes(member.node)));
  }
  return sha3Hex(digests.join(""));
}

function sha3Hex(text: string | Uint8Array): string {
  return createHash("sha3-256").update(text).digest("hex");
}
