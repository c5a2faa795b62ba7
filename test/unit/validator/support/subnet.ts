import { defineSubnet, defineTask, type SubnetDefinition } from "@subnetkit/shared/subnet";
import { z } from "zod";

/** A task whose right answer is easy to give: add two numbers. A right answer scores 1, a wrong one 0. */
function sumTaskWith(timeoutMs: number) {
  return defineTask({
    id: "sum",
    request: z.object({ a: z.number().int(), b: z.number().int() }),
    response: z.object({ sum: z.number() }),
    limits: { timeoutMs, maxResponseBytes: 2_000 },
    challenge: ({ random }) => {
      const a = Math.floor(random() * 1_000);
      const b = Math.floor(random() * 1_000);
      return { request: { a, b }, key: a + b };
    },
    scorer: { kind: "each", score: ({ key }, { body }) => (body.sum === key ? 1 : 0) },
  });
}

export const sumTask = sumTaskWith(400);

/** A subnet of that task. */
export function sumSubnetWith(timeoutMs: number): SubnetDefinition {
  // The framework takes definitions of any tasks; tests pass this one as such.
  return defineSubnet({
    name: "sums",
    version: 3,
    description: "Adds numbers",
    tasks: { sum: sumTaskWith(timeoutMs) },
    weights: { ema: 0.5 },
    roundBlocks: 10,
  }) as unknown as SubnetDefinition;
}

export const sumSubnet = sumSubnetWith(400);
