import { configFields } from "@subnetkit/shared/config/fields";
import { describe, expect, it } from "vitest";
import { z } from "zod";

function field(schema: z.ZodType) {
  return configFields("chain-node", z.object({ blockTimeMs: schema }))[0]!;
}

describe("configFields", () => {
  it("derives the flag and the variable from the key and the name of the process", () => {
    expect(field(z.number())).toMatchObject({ flag: "--block-time-ms", env: "SUBNETKIT_CHAIN_NODE_BLOCK_TIME_MS" });
  });

  it("finds secret, description and default under any order of wrappers", () => {
    const expected = { secret: true, description: "the key", required: false, defaultValue: "x" };
    expect(field(z.string().default("x").meta({ secret: true }).describe("the key"))).toMatchObject(expected);
    expect(field(z.string().meta({ secret: true }).describe("the key").min(1).default("x"))).toMatchObject(expected);
    expect(field(z.string().describe("the key").optional().default("x").meta({ secret: true }))).toMatchObject(
      expected,
    );
    expect(field(z.string().describe("the key").default("x"))).toMatchObject({ ...expected, secret: false });
  });

  it.each([
    [z.string(), "string", "text", true],
    [z.url(), "string", "text", true],
    [z.enum(["a", "b"]), "string", "one of a, b", true],
    [z.int().optional(), "number", "number", false],
    [z.number().nullable(), "number", "number", true],
    [z.bigint(), "bigint", "whole number", true],
    [z.boolean().default(true), "boolean", "yes/no", false],
    [z.array(z.int()), "list", "list of number, with commas", true],
    [z.array(z.object({})), "json", "JSON list", true],
    [z.record(z.string(), z.number()), "json", "JSON", true],
    [z.string().transform((text) => text.length), "string", "text", true],
    [z.preprocess((value) => value, z.boolean()), "boolean", "yes/no", true],
    [z.number().readonly(), "number", "number", true],
  ])("reads kind, type and need of a schema (%#)", (schema, kind, type, required) => {
    expect(field(schema)).toMatchObject({ kind, type, required });
  });
});
