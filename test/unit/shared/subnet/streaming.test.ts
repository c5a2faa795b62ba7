import { type AnyTask, assembleResponse, defineSubnet, defineTask } from "@subnetkit/shared/subnet";
import { checkSubnet } from "@subnetkit/shared/subnet/conformance";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { addTask, codeOf } from "./fixtures.ts";

const counted = defineTask({
  ...addTask,
  id: "add",
  streaming: {
    chunk: z.int(),
    assemble: (chunks) => ({ sum: chunks.reduce((sum, chunk) => sum + chunk, 0) }),
  },
});
const subnetOf = (fields: Record<string, unknown> = {}) =>
  defineSubnet({
    name: "adder",
    version: 1,
    description: "Adds.",
    tasks: { add: { ...counted, ...fields } as AnyTask },
  });

type Sum = { a: number; b: number };
const honest = {
  async *add(request: unknown) {
    const { a, b } = request as Sum;
    yield a;
    yield b;
  },
};

const problemOf = async (run: () => Promise<unknown>): Promise<string> => {
  try {
    await run();
  } catch (error) {
    return isAppError(error) ? `${error.code} ${String(error.data["problem"])}` : String(error);
  }
  return "nothing was thrown";
};

describe("assembleResponse", () => {
  it("adds chunks up, or takes the last where the task says nothing else", () => {
    expect(assembleResponse(counted as AnyTask, [1, 2])).toEqual({ kind: "assembled", value: { sum: 3 } });
    const last = { ...counted, streaming: { chunk: z.int() } } as AnyTask;
    expect(assembleResponse(last, [1, 2])).toEqual({ kind: "assembled", value: 2 });
    expect(assembleResponse(last, [])).toMatchObject({ kind: "unusable" });
  });

  it("never throws on what a miner sent", () => {
    expect(assembleResponse(counted as AnyTask, ["x"])).toMatchObject({ kind: "unusable" });
    expect(assembleResponse(addTask as AnyTask, [])).toMatchObject({ kind: "unusable" });
    const brittle = {
      ...counted,
      streaming: {
        chunk: z.int(),
        assemble: () => {
          throw new Error("no");
        },
      },
    } as AnyTask;
    expect(assembleResponse(brittle, [1])).toEqual({ kind: "unusable", problem: "assemble threw: no" });
  });
});

describe("a task with `streaming`", () => {
  it.each([
    [{ streaming: {} }, "E_TASK_SCHEMA"],
    [{ streaming: { chunk: z.string(), assemble: 5 } }, "E_TASK_FUNCTION"],
    [{ streaming: undefined, axon: { stream: true } }, "E_TASK_AXON"],
    [{ axon: { stream: "yes" } }, "E_TASK_AXON"],
  ])("is refused when it is %o", async (fields, code) => {
    expect(await codeOf(() => subnetOf(fields))).toBe(code);
  });

  it("passes the conformance kit with a solver that streams and with one that does not", async () => {
    for (const solvers of [honest, { add: (request: unknown) => ({ sum: (request as Sum).a + (request as Sum).b }) }]) {
      const [report] = await checkSubnet(subnetOf(), solvers, { challenges: 4 });
      expect(report?.honestScore).toBe(1);
    }
  });

  let calls = 0;
  it.each([
    ["yields nothing", {}, { async *add() {} }, "it yielded nothing"],
    [
      "yields what is no chunk",
      {},
      {
        async *add() {
          yield "x";
        },
      },
      "chunk 0 does not fit",
    ],
    [
      "yields more than the limit",
      {},
      {
        async *add() {
          for (;;) yield 1;
        },
      },
      "more bytes than the limit",
    ],
    [
      "assembles by chance",
      { streaming: { chunk: z.int(), assemble: () => ({ sum: calls++ }) } },
      honest,
      "gives another response",
    ],
    ["streams though its task does not", { streaming: undefined }, honest, "the task does not stream"],
  ])("is caught by the kit when it %s", async (_, fields, solvers, problem) => {
    expect(await problemOf(() => checkSubnet(subnetOf(fields), solvers, { challenges: 2 }))).toContain(problem);
  });
});
