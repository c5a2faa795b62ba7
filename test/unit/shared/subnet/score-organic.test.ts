import { isAppError } from "@subnetkit/shared/errors/app-error";
import { type AnyTask, createScoreEnv, defineTask, scoreOrganic, scoresOrganic } from "@subnetkit/shared/subnet";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { addTask } from "./fixtures.ts";

const env = createScoreEnv({ block: 7, seed: "seed" });

/** Adds; small sums can be judged, others cannot; 13 breaks the hook. */
const judged = defineTask({
  id: "add",
  request: z.object({ a: z.int(), b: z.int() }),
  response: z.object({ sum: z.int() }),
  limits: { timeoutMs: 1_000, maxResponseBytes: 1_000 },
  challenge: () => ({ request: { a: 1, b: 2 }, key: 3 }),
  scorer: {
    kind: "each",
    score: ({ key }, { body }) => (body.sum === key ? 1 : 0),
    organic(request) {
      if (request.a === 13) throw new Error("unlucky");
      return request.a < 100 ? { request, key: request.a + request.b } : undefined;
    },
  },
}) as unknown as AnyTask;

const answered = (body: unknown) => ({ kind: "answered", uid: 4, body, latencyMs: 5 }) as const;
const score = (request: unknown, outcome: Parameters<typeof scoreOrganic>[1]["outcome"], task = judged) =>
  scoreOrganic(task, { request, outcome, label: "0" }, env);

describe("what a user's request earns a miner", () => {
  it("is what the scorer says of the reply, and nothing for no reply", () => {
    expect(score({ a: 20, b: 3 }, answered({ sum: 23 }))).toEqual({ score: 1, faults: [] });
    expect(score({ a: 20, b: 3 }, answered({ sum: 24 }))).toEqual({ score: 0, faults: [] });
    expect(score({ a: 20, b: 3 }, { kind: "late", uid: 4 })).toEqual({ score: 0, faults: [] });
    expect(score({ a: 20, b: 3 }, answered("not a sum"))).toEqual({ score: 0, faults: [] });
  });

  it("is left out of the score where the task cannot judge it, whatever came of it", () => {
    const nothing = { score: undefined, faults: [] };
    expect(score({ a: 500, b: 3 }, { kind: "late", uid: 4 })).toEqual(nothing);
    expect(score({ a: "text" }, answered({ sum: 1 }))).toEqual(nothing);
    expect(score({ a: 1, b: 2 }, answered({ sum: 3 }), addTask as unknown as AnyTask)).toEqual(nothing);
  });

  it("is left out when the author's hook fails, which is the author's fault", () => {
    const { score: earned, faults } = score({ a: 13, b: 3 }, answered({ sum: 16 }));
    expect(earned).toBeUndefined();
    expect(faults.map(({ code }) => code)).toEqual(["E_SCORER_THREW"]);
    const odd = { ...judged, scorer: { ...judged.scorer, organic: () => 5 } } as unknown as AnyTask;
    expect(score({ a: 1, b: 3 }, answered({ sum: 4 }), odd).faults.map(({ code }) => code)).toEqual([
      "E_SCORER_RESULT",
    ]);
  });

  it("is a matter of tasks that say how", () => {
    expect(scoresOrganic(judged)).toBe(true);
    expect(scoresOrganic(addTask as unknown as AnyTask)).toBe(false);
  });

  it("cannot be said by a scorer that compares replies, nor by anything but a function", () => {
    const code = (scorer: unknown): unknown => {
      try {
        defineTask({ ...judged, scorer } as never);
        return "defined";
      } catch (error) {
        return isAppError(error) ? error.code : error;
      }
    };
    expect(code({ kind: "round", score: () => [], organic: () => undefined })).toBe("E_TASK_FUNCTION");
    expect(code({ kind: "each", score: () => 1, organic: 5 })).toBe("E_TASK_FUNCTION");
  });
});
