import { defineSubnet, defineTask, type SubnetDefinition } from "@subnetkit/shared/subnet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { challengeOf, taskOf } from "../../../../validator/src/round/challenge.ts";
import type { Outcome } from "../../../../validator/src/round/outcome.ts";
import { scoreRound } from "../../../../validator/src/round/score.ts";
import { seenNow, summarise } from "../../../../validator/src/round/settle.ts";
import { planOf } from "../support/plan.ts";
import { sumSubnet } from "../support/subnet.ts";

const answered = (sum: number, latencyMs = 10): Outcome => ({ kind: "answered", latencyMs, body: { sum } });
const late: Outcome = { kind: "late", latencyMs: 400, phase: "headers" };

async function right(plan = planOf(3, ["a"])): Promise<number> {
  return (await challengeOf(plan, taskOf(sumSubnet, "sum"))).challenge.key as number;
}

async function score(
  plan: ReturnType<typeof planOf>,
  outcomes: Record<string, Outcome>,
  subnet = sumSubnet,
  taskId = "sum",
) {
  const { challenge } = await challengeOf(plan, taskOf(subnet, taskId));
  return scoreRound(plan, subnet, [{ taskId, challenge, outcomes: new Map(Object.entries(outcomes)) }]);
}

describe("scoring a round", () => {
  it("gives 0 for every outcome but an answer, and leaves out who was not asked", async () => {
    const plan = planOf(3, ["a", "b", "c", "d"]);
    const { scores, faults } = await score(plan, { a: answered(await right()), b: answered(-1), c: late });
    expect(scores.map(({ hotkey, uid, score: value }) => [hotkey, uid, value])).toEqual([
      ["a", 0, 1],
      ["b", 1, 0],
      ["c", 2, 0],
    ]);
    expect(faults).toEqual([]);
  });

  it("ignores outcomes of hotkeys that the plan does not know", async () => {
    const { scores } = await score(planOf(3, ["a"]), { a: answered(await right()), stranger: answered(await right()) });
    expect(scores.map(({ hotkey }) => hotkey)).toEqual(["a"]);
  });

  it("draws the same challenge again from the plan alone", async () => {
    const plan = planOf(9, ["a"]);
    const task = taskOf(sumSubnet, "sum");
    const [one, two, other] = await Promise.all([
      challengeOf(plan, task),
      challengeOf({ ...plan }, task),
      challengeOf({ ...plan, seed: "x" }, task),
    ]);
    expect(two).toEqual(one);
    expect(other.requestJson).not.toBe(one.requestJson);
  });

  it("stays within 0 and 1 for any outcomes", async () => {
    const outcome = fc.oneof(
      fc.record({ kind: fc.constant("answered" as const), latencyMs: fc.nat(500), body: fc.anything() }),
      fc.constant(late),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(outcome, { maxLength: 5 }), async (outcomes) => {
        const plan = planOf(
          1,
          outcomes.map((_, i) => `m${i}`),
        );
        const { scores } = await score(plan, Object.fromEntries(outcomes.map((each, i) => [`m${i}`, each as Outcome])));
        expect(scores).toHaveLength(outcomes.length);
        for (const { score: value } of scores) expect(value >= 0 && value <= 1).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe("several tasks", () => {
  const task = (id: string, share: number, points: number) =>
    defineTask({
      id,
      share,
      request: z.object({}),
      response: z.object({}),
      limits: { timeoutMs: 100, maxResponseBytes: 100 },
      challenge: () => ({ request: {}, key: points }),
      scorer: { kind: "each", score: ({ key }) => key },
    });
  const two = defineSubnet({
    name: "two",
    version: 1,
    description: "d",
    tasks: { x: task("x", 0.75, 1), y: task("y", 0.25, 0.2) },
  }) as unknown as SubnetDefinition;
  const plan = planOf(1, ["both", "only-x", "neither"], {
    tasks: [
      { id: "x", share: 0.75 },
      { id: "y", share: 0.25 },
    ],
  });
  const done: Outcome = { kind: "answered", latencyMs: 1, body: {} };

  it("count by their shares, over the tasks a miner was asked", async () => {
    const replies = await Promise.all(
      (["x", "y"] as const).map(async (taskId) => ({
        taskId,
        challenge: (await challengeOf(plan, taskOf(two, taskId))).challenge,
        outcomes: new Map<string, Outcome>(
          taskId === "x"
            ? [
                ["both", done],
                ["only-x", done],
              ]
            : [["both", done]],
        ),
      })),
    );
    const { scores } = scoreRound(plan, two, replies);
    expect(scores.map(({ hotkey, score: value }) => [hotkey, value])).toEqual([
      ["both", expect.closeTo(0.8, 12)],
      ["only-x", expect.closeTo(1, 12)],
    ]);
  });
});

describe("a scorer that breaks", () => {
  const broken = (kind: "each" | "round") =>
    defineSubnet({
      name: "broken",
      version: 1,
      description: "d",
      tasks: {
        t: defineTask({
          id: "t",
          request: z.object({}),
          response: z.object({ bad: z.boolean() }),
          limits: { timeoutMs: 100, maxResponseBytes: 100 },
          challenge: () => ({ request: {}, key: 0 }),
          scorer:
            kind === "each"
              ? {
                  kind: "each",
                  score: (_c, { body }) => {
                    if (body.bad) throw new Error("broken");
                    return 1;
                  },
                }
              : {
                  kind: "round",
                  score: () => {
                    throw new Error("broken");
                  },
                },
        }),
      },
    }) as unknown as SubnetDefinition;
  const plan = planOf(1, ["a", "b"], { tasks: [{ id: "t", share: 1 }] });
  const outcomes = (): Record<string, Outcome> => ({
    a: { kind: "answered", latencyMs: 1, body: { bad: true } },
    b: { kind: "answered", latencyMs: 1, body: { bad: false } },
  });

  it("on one reply scores that reply 0, so that nobody can freeze an average", async () => {
    const { scores, faults } = await score(plan, outcomes(), broken("each"), "t");
    expect(scores.map(({ score: value }) => value)).toEqual([0, 1]);
    expect(faults.map(({ code }) => code)).toEqual(["E_SCORER_THREW"]);
  });

  it("on the whole round moves nobody's score", async () => {
    const { scores, faults } = await score(plan, outcomes(), broken("round"), "t");
    expect(scores).toEqual([]);
    expect(faults).toHaveLength(1);
  });
});

describe("what is kept of a round", () => {
  const plan = planOf(4, ["a", "b", "c"], { plannedAtMs: 1_000 });
  const scores = [
    { hotkey: "a", uid: 0, score: 1, outcome: answered(1, 30) },
    { hotkey: "b", uid: 1, score: 0, outcome: late },
  ];

  it("is a summary of outcomes, the median of the answers and the time it took", () => {
    expect(summarise(plan, scores, 1_600)).toMatchObject({
      round: 4,
      of: 3,
      answered: 1,
      late: 1,
      skipped: 1,
      medianLatencyMs: 30,
      tookMs: 600,
    });
    expect(summarise(plan, [], 1_600).medianLatencyMs).toBeNull();
  });

  it("is a bounded list of latencies per miner, answers only", () => {
    let seen = seenNow(plan, scores[0]!, undefined);
    for (let i = 0; i < 250; i++) seen = seenNow(plan, { ...scores[0]!, outcome: answered(1, i) }, seen);
    expect(seen.latencies).toHaveLength(32);
    expect(seen.latencies.at(-1)).toBe(249);
    expect(seenNow(plan, { ...scores[1]!, hotkey: "a" }, seen).latencies).toEqual(seen.latencies);
  });
});
