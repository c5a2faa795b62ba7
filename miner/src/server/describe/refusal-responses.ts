import { type Refusal, refusals } from "../../admission/refusal.ts";
import type { JsonSchema } from "./json-schema.ts";

/** Name of a refusal; what a route can send is chosen by it. */
export type RefusalName = keyof typeof refusals;

const schema = (properties: Readonly<Record<string, unknown>>): JsonSchema => ({
  type: "object",
  required: Object.keys(properties),
  properties,
});

const text = { type: "string" };
const error = schema({ code: text, message: text, remedy: text });

/** The bodies of refusals, for `components`: as they are, and with the `message` that a dendrite of SDK 10 looks for. */
export const refusalSchemas = { Refusal: schema({ error }), SynapseRefusal: schema({ message: text, error }) };

/** The answers of one route that are refusals, by status, with the codes each may carry, and Retry-After where one of them has it. */
export function refusalResponses(
  names: readonly RefusalName[],
  {
    schema: of,
    phrase,
  }: { readonly schema: keyof typeof refusalSchemas; readonly phrase: (refusal: Refusal) => Refusal },
): Record<string, unknown> {
  const byStatus = new Map<number, Refusal[]>();
  for (const refusal of names.map((name) => phrase(refusals[name]))) {
    byStatus.set(refusal.status, [...(byStatus.get(refusal.status) ?? []), refusal]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, those]) => [
      status,
      {
        description: [...new Set(those.map(({ code }) => code))].join(", "),
        ...(those.some(({ retryAfterS }) => retryAfterS !== undefined) ? { headers: retryAfter } : {}),
        content: { "application/json": { schema: { $ref: `#/components/schemas/${of}` } } },
      },
    ]),
  );
}

const retryAfter = {
  "retry-after": { description: "Whole seconds to wait before asking again.", schema: { type: "integer", minimum: 1 } },
};
