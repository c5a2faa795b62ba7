import { type AnyTask, defineSolvers, defineSubnet, type SubnetDefinition } from "@subnetkit/shared/subnet";
import { checkSubnet } from "@subnetkit/shared/subnet/conformance";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { describe, expect, it } from "vitest";
import { addSubnet, addTask } from "./fixtures.ts";

const honest = defineSolvers<typeof addSubnet>({ add: ({ a, b }) => ({ sum: a + b }) });

/** The adder with fields of its task replaced. */
const adderWith = (fields: Record<string, unknown>): SubnetDefinition =>
  defineSubnet({
    name: "adder",
    version: 1,
    description: "Adds.",
    tasks: { add: { ...addTask, ...fields } as AnyTask },
  });

/** Sends the very number it keeps as the key. */
const leaking = (env: { random(): number }): unknown => {
  const number = 10_000 + Math.floor(env.random() * 1e9);
  return { request: { a: 1, b: number }, key: number };
};

const problemOf = async (run: () => Promise<unknown>): Promise<string> => {
  try {
    await run();
  } catch (error) {
    return isAppError(error) ? `${error.code} ${String(error.data["problem"])}` : String(error);
  }
  return "nothing was thrown";
};

describe("checkSubnet", () => {
  it("passes a sound subnet and reports what it measured", async () => {
    const [report] = await checkSubnet(addSubnet, honest, { challenges: 5 });
    expect(report).toMatchObject({ task: "add", honestScore: 1 });
    expect(report?.requestChars).toBeGreaterThan(5);
  });

  let drawn = 0;
  it.each([
    [
      "draws from outside the env",
      { challenge: () => ({ request: { a: drawn++, b: 0 }, key: drawn }) },
      "the same seed gives another request",
    ],
    [
      "has a key from outside the env",
      { challenge: (e: { random(): number }) => ({ request: { a: Math.floor(e.random() * 99), b: 0 }, key: drawn++ }) },
      "the same seed gives another key",
    ],
    [
      "always asks the same",
      { challenge: () => ({ request: { a: 1, b: 2 }, key: 3 }) },
      "every seed gives the same request",
    ],
    [
      "sends its key",
      { challenge: leaking, scorer: { kind: "each", score: () => 1 } },
      "the key is found in the request",
    ],
    [
      "scores by chance",
      { scorer: { kind: "each", score: () => Math.random() } },
      "scoring the same round again gives other scores",
    ],
    ["scores nothing", { scorer: { kind: "each", score: () => 0 } }, "an honest solver scores nothing"],
    ["gives negative scores", { scorer: { kind: "each", score: () => -1 } }, "-1"],
    [
      "scores by position",
      {
        scorer: { kind: "round", score: (_: unknown, replies: readonly unknown[]) => replies.map(() => Math.random()) },
      },
      "scoring the same round again gives other scores",
    ],
    ["has a limit below an honest reply", { limits: { timeoutMs: 1000, maxResponseBytes: 3 } }, "more than its limit"],
  ])("catches a task that %s", async (_, fields: Record<string, unknown>, problem) => {
    expect(await problemOf(() => checkSubnet(adderWith(fields), honest))).toContain(problem);
  });

  it("catches a solver that throws or answers in another shape", async () => {
    const throwing = {
      add: () => {
        throw new Error("no model");
      },
    };
    expect(await problemOf(() => checkSubnet(addSubnet, throwing))).toContain("the solver threw: no model");
    expect(await problemOf(() => checkSubnet(addSubnet, { add: () => ({ total: 1 }) }))).toContain(
      "does not fit the response schema",
    );
    for (const sum of [12n, { toJSON: () => undefined }])
      expect(
        await problemOf(() => checkSubnet(addSubnet, { add: () => (typeof sum === "bigint" ? { sum } : sum) })),
      ).toMatch(/E_SUBNET_CONFORMANCE.*an honest reply is not JSON/s);
    expect(await problemOf(() => checkSubnet(addSubnet, {}))).toContain("E_SOLVER_MISSING");
  });
});
