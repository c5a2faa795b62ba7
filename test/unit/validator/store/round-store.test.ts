import { emaScores } from "@subnetkit/shared/scoring";
import fc from "fast-check";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRoundStore } from "../../../../validator/src/store/round-store.ts";
import { createScoreStore } from "../../../../validator/src/store/score-store.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { planOf, scoreOf, summaryOf } from "../support/plan.ts";
import { client, freshKeys } from "../support/state.ts";

let server: TestRedis;
let redis: Redis;
beforeAll(async () => {
  server = await startTestRedis();
  redis = client(server.port);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

function stores() {
  const keys = freshKeys();
  return { keys, rounds: createRoundStore(redis, keys), scores: createScoreStore(redis, keys) };
}

describe("pinning a plan", () => {
  it("keeps the first one, whatever comes later", async () => {
    const { rounds } = stores();
    await rounds.pin(planOf(5, ["a"]));
    const second = await rounds.pin(planOf(5, ["b"]));
    expect(second).toEqual({ kind: "pinned", plan: planOf(5, ["a"]) });
    expect(await rounds.plan(5)).toEqual(planOf(5, ["a"]));
    expect(await rounds.open()).toEqual([5]);
  });

  it("refuses a round that is settled or older", async () => {
    const { rounds } = stores();
    await rounds.pin(planOf(5, ["a"]));
    await rounds.settle(planOf(5, ["a"]), [scoreOf("a", 1)], summaryOf(5));
    expect(await rounds.pin(planOf(5, ["a"]))).toEqual({ kind: "stale" });
    expect(await rounds.pin(planOf(4, ["a"]))).toEqual({ kind: "stale" });
    expect(await rounds.open()).toEqual([]);
  });
});

describe("staging outcomes", () => {
  it("keeps the first outcome of a miner", async () => {
    const { rounds } = stores();
    await rounds.stage(5, "sum", [["a", { kind: "answered", latencyMs: 5, body: { sum: 1 } }]]);
    await rounds.stage(5, "sum", [
      ["a", { kind: "late", latencyMs: 9, phase: "body" }],
      ["b", { kind: "unreachable", reason: "connect" }],
    ]);
    expect(await rounds.outcomes(5, "sum")).toEqual(
      new Map([
        ["a", { kind: "answered", latencyMs: 5, body: { sum: 1 } }],
        ["b", { kind: "unreachable", reason: "connect" }],
      ]),
    );
    expect(await rounds.stagedHotkeys(5, "sum")).toEqual(new Set(["a", "b"]));
  });

  it("keeps the first of two outcomes in one batch, and more of them than Lua takes at once", async () => {
    const { rounds } = stores();
    const hotkeys = Array.from({ length: 1_201 }, (_, i) => `hotkey-${i}`);
    await rounds.stage(5, "sum", [["hotkey-7", { kind: "late", latencyMs: 9, phase: "body" }]]);
    await rounds.stage(5, "sum", [
      ...hotkeys.map((hotkey) => [hotkey, { kind: "unreachable", reason: "connect" }] as const),
      ["hotkey-8", { kind: "unreachable", reason: "reset" }],
      ["hotkey-8", { kind: "unreachable", reason: "reset" }],
    ]);
    const outcomes = await rounds.outcomes(5, "sum");
    expect(outcomes.size).toBe(1_201);
    expect(outcomes.get("hotkey-7")).toMatchObject({ kind: "late" });
    expect(outcomes.get("hotkey-8")).toMatchObject({ reason: "connect" });
    expect(outcomes.get("hotkey-1200")).toMatchObject({ reason: "connect" });
  });

  it("writes nothing once the round is settled", async () => {
    const { rounds } = stores();
    await rounds.pin(planOf(5, []));
    await rounds.settle(planOf(5, []), [], summaryOf(5));
    expect(await rounds.stage(5, "sum", [["a", { kind: "unreachable", reason: "connect" }]])).toBe("settled");
    expect(await rounds.outcomes(5, "sum")).toEqual(new Map());
  });
});

describe("settling", () => {
  it("counts a round once, however often it is tried", async () => {
    const { rounds, scores } = stores();
    const plan = planOf(7, ["a"]);
    await rounds.pin(plan);
    expect(await rounds.settle(plan, [scoreOf("a", 1)], summaryOf(7))).toBe("applied");
    for (let i = 0; i < 5; i++) expect(await rounds.settle(plan, [scoreOf("a", 1)], summaryOf(7))).toBe("already");
    expect((await scores.standings()).get("a")?.ema).toBe(0.5);
    expect(await rounds.summaries(10)).toHaveLength(1);
  });

  it("counts a round once when twenty clients settle it at the same moment", async () => {
    const { rounds, scores, keys } = stores();
    const plan = planOf(8, ["a", "b"]);
    await rounds.pin(plan);
    const clients = Array.from({ length: 20 }, () => client(server.port));
    try {
      const results = await Promise.all(
        clients.map((each) =>
          createRoundStore(each, keys).settle(plan, [scoreOf("a", 1), scoreOf("b", 0.5)], summaryOf(8)),
        ),
      );
      expect(results.filter((result) => result === "applied")).toHaveLength(1);
      expect(results.filter((result) => result === "already")).toHaveLength(19);
    } finally {
      for (const each of clients) each.disconnect();
    }
    const standings = await scores.standings();
    expect([standings.get("a")?.ema, standings.get("b")?.ema]).toEqual([0.5, 0.25]);
  });

  it("makes a later round wait for an earlier one that is open", async () => {
    const { rounds } = stores();
    await rounds.pin(planOf(1, ["a"]));
    await rounds.pin(planOf(2, ["a"]));
    expect(await rounds.settle(planOf(2, ["a"]), [scoreOf("a", 1)], summaryOf(2))).toBe("too-early");
    expect(await rounds.settle(planOf(1, ["a"]), [scoreOf("a", 0)], summaryOf(1))).toBe("applied");
    expect(await rounds.settle(planOf(2, ["a"]), [scoreOf("a", 1)], summaryOf(2))).toBe("applied");
    expect(await rounds.lastSettled()).toBe(2);
  });

  it("counts more miners than Lua takes at once, each with its own score", async () => {
    const { rounds, scores } = stores();
    const hotkeys = Array.from({ length: 1_201 }, (_, i) => `hotkey-${i}`);
    for (const round of [1, 2]) {
      const plan = planOf(round, hotkeys);
      await rounds.pin(plan);
      const settled = hotkeys.map((hotkey, i) => scoreOf(hotkey, i / 1_200, round));
      expect(await rounds.settle(plan, settled, summaryOf(round))).toBe("applied");
    }
    const standings = await scores.standings();
    expect(hotkeys.map((hotkey) => standings.get(hotkey)?.ema)).toEqual(hotkeys.map((_, i) => (i / 1_200) * 0.75));
    expect(hotkeys.map((hotkey) => standings.get(hotkey)?.seen?.score)).toEqual(hotkeys.map((_, i) => i / 1_200));
    const { previous, emas } = (await rounds.before(2)) ?? {};
    expect(previous).toBe(1);
    expect(hotkeys.map((hotkey) => emas?.get(hotkey))).toEqual(hotkeys.map((_, i) => (i / 1_200) * 0.5));
  });

  it("says in one go which round is settled and which are open", async () => {
    const { rounds } = stores();
    expect(await rounds.order()).toEqual({ lastSettled: -1, open: [] });
    for (const round of [2, 10, 3]) await rounds.pin(planOf(round, []));
    await rounds.settle(planOf(2, []), [], summaryOf(2));
    expect(await rounds.order()).toEqual({ lastSettled: 2, open: [3, 10] });
  });

  it("goes on after an earlier round was given up, without moving a score", async () => {
    const { rounds, scores } = stores();
    await rounds.pin(planOf(1, ["a"]));
    await rounds.pin(planOf(2, ["a"]));
    expect(await rounds.abandon(1)).toBe(true);
    expect(await rounds.abandon(1)).toBe(false);
    expect(await rounds.settle(planOf(2, ["a"]), [scoreOf("a", 1)], summaryOf(2))).toBe("applied");
    expect(await rounds.settle(planOf(1, ["a"]), [scoreOf("a", 1)], summaryOf(1))).toBe("already");
    expect((await scores.standings()).get("a")?.ema).toBe(0.5);
  });

  it("refuses a round that was given up, whatever its late job brings", async () => {
    const { rounds, scores } = stores();
    await rounds.pin(planOf(1, ["a"]));
    await rounds.abandon(1);
    expect(await rounds.settle(planOf(1, ["a"]), [scoreOf("a", 1)], summaryOf(1))).toBe("abandoned");
    expect([await rounds.lastSettled(), await scores.standings(), await rounds.counted()]).toEqual([-1, new Map(), 0]);
  });

  it("leaves the average of a miner that was not asked alone", async () => {
    const { rounds, scores } = stores();
    for (const round of [1, 2]) await rounds.pin(planOf(round, ["a", "b"]));
    await rounds.settle(planOf(1, ["a", "b"]), [scoreOf("a", 1), scoreOf("b", 1)], summaryOf(1));
    await rounds.settle(planOf(2, ["a", "b"]), [scoreOf("b", 0)], summaryOf(2));
    const standings = await scores.standings();
    expect([standings.get("a")?.ema, standings.get("b")?.ema]).toEqual([0.5, 0.25]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -0.1, 1.1])(
    "refuses a score of %s and writes nothing",
    async (bad) => {
      const { rounds, scores } = stores();
      await rounds.pin(planOf(1, ["a", "b"]));
      const attempt = rounds.settle(planOf(1, ["a", "b"]), [scoreOf("a", 1), scoreOf("b", bad)], summaryOf(1));
      await expect(attempt).rejects.toMatchObject({ code: "E_SETTLE_INPUT" });
      expect(await scores.standings()).toEqual(new Map());
      expect(await rounds.lastSettled()).toBe(-1);
    },
  );

  it("computes the very averages of shared/scoring, bit for bit", async () => {
    const hotkeys = ["a", "b", "c"];
    const roundScores = fc.array(
      fc.dictionary(fc.constantFrom(...hotkeys), fc.double({ min: 0, max: 1, noNaN: true })),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(roundScores, fc.double({ min: 0.001, max: 1, noNaN: true }), async (history, alpha) => {
        const { rounds, scores } = stores();
        let expected: Map<string, number> = new Map();
        for (const [round, asked] of history.entries()) {
          const plan = planOf(round, hotkeys, { alpha });
          await rounds.pin(plan);
          await rounds.settle(
            plan,
            Object.entries(asked).map(([hotkey, score]) => scoreOf(hotkey, score)),
            summaryOf(round),
          );
          expected = emaScores(expected, new Map(Object.entries(asked)), alpha);
        }
        const found = new Map([...(await scores.standings())].map(([hotkey, { ema }]) => [hotkey, ema]));
        expect(found).toEqual(new Map([...expected].map(([hotkey, value]) => [hotkey, Math.min(1, value)])));
      }),
      { numRuns: 30 },
    );
  });
});

describe("a crash of Redis", () => {
  it("loses nothing that was acknowledged", async () => {
    const { rounds, scores } = stores();
    for (let round = 0; round < 20; round++) {
      const plan = planOf(round, ["a"], { alpha: 1 });
      await rounds.pin(plan);
      await rounds.settle(plan, [scoreOf("a", round / 20)], summaryOf(round));
    }
    await server.crash();
    expect(await rounds.lastSettled()).toBe(19);
    expect((await scores.standings()).get("a")?.ema).toBe(19 / 20);
    expect(await rounds.settle(planOf(19, ["a"]), [scoreOf("a", 0)], summaryOf(19))).toBe("already");
  });
});

describe("forgetting", () => {
  it("drops exactly the hotkeys named", async () => {
    const { rounds, scores } = stores();
    await rounds.pin(planOf(1, ["a", "b"]));
    await rounds.settle(planOf(1, ["a", "b"]), [scoreOf("a", 1), scoreOf("b", 1)], summaryOf(1));
    await scores.forget(["a"]);
    expect([...(await scores.standings()).keys()]).toEqual(["b"]);
    expect(await scores.seen(["a", "b"])).toEqual(new Map([["b", scoreOf("b", 1).seen]]));
  });
});
