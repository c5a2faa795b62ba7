import { tryVariants } from "@subnetkit/cli/subnet/try-variants";
import { defineSolvers, defineSubnet, defineTask, randomInt } from "@subnetkit/shared/subnet";
import type { AnySolvers } from "@subnetkit/shared/subnet/define-solvers";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const sum = defineTask({
  id: "sum",
  request: z.object({ a: z.int(), b: z.int() }),
  response: z.object({ sum: z.int() }),
  limits: { timeoutMs: 100, maxResponseBytes: 64 },
  challenge({ random }) {
    const [a, b] = [randomInt(random, 1_000), randomInt(random, 1_000)];
    return { request: { a, b }, key: a + b };
  },
  scorer: { kind: "each", score: ({ key }, { body }) => (body.sum === key ? 1 : 0) },
});
const definition = defineSubnet({ name: "sums", version: 1, description: "Sums.", tasks: { sum } });
const right = defineSolvers<typeof definition>({ sum: async ({ a, b }) => ({ sum: a + b }) });

const check = (named: Readonly<Record<string, AnySolvers>>, models: readonly string[] = []) => {
  const variants = Object.entries(named).map(([name, solvers]) => [name, { label: name, solvers, models }] as const);
  return tryVariants({ definition, variants: new Map(variants) }, 3);
};

describe("the check of a subnet's file", () => {
  it("scores every variant, and says of one that breaks a rule, throws or hangs what it did", async () => {
    const results = await check({
      default: right as AnySolvers,
      wrong: { sum: async () => ({ total: 1 }) },
      throws: { sum: () => Promise.reject(new Error("my model fell over")) },
      hangs: { sum: () => new Promise(() => {}) },
      big: { sum: async () => ({ sum: 12n }) },
    });
    expect(results.map(({ variant, score }) => [variant, score])).toEqual([
      ["default", 1],
      ["wrong", null],
      ["throws", null],
      ["hangs", null],
      ["big", null],
    ]);
    expect(results.map(({ problem }) => problem).slice(1)).toEqual([
      expect.stringContaining("does not fit the response schema"),
      expect.stringContaining("my model fell over"),
      expect.stringMatching(/The solver.*100 ms/),
      expect.stringContaining("BigInt"),
    ]);
  });

  it("ends with what the default solvers break, whatever they threw", async () => {
    await expect(check({ default: { sum: async () => ({ sum: 0 }) } })).rejects.toMatchObject({
      code: "E_SUBNET_CONFORMANCE",
    });
    await expect(check({ default: { sum: async () => ({ sum: 12n }) } })).rejects.toMatchObject({
      code: "E_SUBNET_CONFORMANCE",
      message: expect.stringContaining("BigInt"),
    });
  });

  it("leaves a variant with models to the miner", async () => {
    const [result] = await check({ default: right as AnySolvers }, ["model/large.onnx"]);
    expect(result).toMatchObject({ score: null, problem: expect.stringContaining("models") });
  });
});
