import { z } from "zod";

/** A JSON Schema (2020-12), as OpenAPI 3.1 takes it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What may be sent: fields with a default may be left out, and those that nobody reads are not refused. */
export function acceptedSchema(type: z.ZodType): JsonSchema {
  return z.toJSONSchema(type, { unrepresentable: "any", io: "input" });
}

/** What comes back: defaults filled in, nothing beside what is named. */
export function answeredSchema(type: z.ZodType): JsonSchema {
  return z.toJSONSchema(type, { unrepresentable: "any" });
}
