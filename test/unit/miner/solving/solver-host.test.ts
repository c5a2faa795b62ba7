import { createSolverHost } from "@subnetkit/miner/solving/solver-host";
import { defineSubnet, defineTask } from "@subnetkit/shared/subnet";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const task = defineTask({
  id: "any-json",
  request: z.object({ tree: z.json() }),
  response: z.object({}),
  limits: { timeoutMs: 1_000, maxResponseBytes: 1_000 },
  challenge: () => ({ request: { tree: 1 }, key: 1 }),
  scorer: { kind: "each", score: () => 1 },
});

describe("createSolverHost", () => {
  test("finds that a request does not fit when its nesting is too deep for the task's schema", () => {
    const subnet = defineSubnet({ name: "trees", version: 1, description: "Trees.", tasks: { "any-json": task } });
    const host = createSolverHost({ subnet, variant: { label: "x", solvers: {} as never }, models: {} as never });
    expect(host.parse(task, { tree: [1] })).toEqual({ request: { tree: [1] } });
    const deep: unknown = JSON.parse(`{"tree":${"[".repeat(200_000)}${"]".repeat(200_000)}}`);
    expect(host.parse(task, deep)).toBeUndefined();
  });
});
