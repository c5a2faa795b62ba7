import { createMinerStatus, healthOf, initialFacts, publicHealthOf } from "@subnetkit/miner/status";
import { describe, expect, test } from "vitest";

const facts = {
  chainConnected: true,
  announced: true,
  registered: true,
  headBlock: 100,
  headAtMs: Date.now(),
  metagraphBlock: 98,
  refreshBlocks: 5,
  listening: true,
  clockDoubted: false,
  modelsState: { down: false, fellBack: false },
  stopping: false,
};

describe("healthOf", () => {
  test("is ready and not degraded when everything is in order, also without an announcement to make", () => {
    for (const announced of [true, undefined]) {
      expect(healthOf({ ...facts, announced }, {})).toMatchObject({
        live: true,
        ready: true,
        degraded: false,
        reasons: [],
      });
    }
  });

  test("stays ready, but degraded with a reason, when validators can still be served", () => {
    for (const change of [
      { chainConnected: false },
      { announced: false },
      { headBlock: 200 },
      { clockDoubted: true },
      { headAtMs: Date.now() - 121_000 },
      { modelsState: { down: true, fellBack: false } },
      { modelsState: { down: false, fellBack: true } },
    ]) {
      const health = healthOf({ ...facts, ...change }, {});
      expect([health.ready, health.degraded, health.reasons.length]).toEqual([true, true, 1]);
    }
  });

  test("starts as nothing but live", () => {
    const health = healthOf(
      { ...initialFacts({ announceIp: "8.8.8.8", metagraphRefreshBlocks: 5 }), stopping: false },
      {},
    );
    expect([health.live, health.ready, health.reasons]).toEqual([
      true,
      false,
      ["the chain cannot be reached", "the hotkey is not registered", "the axon is not announced"],
    ]);
  });

  test("is not ready before it listens, before it is registered and while it stops", () => {
    for (const change of [
      { listening: false },
      { registered: false },
      { metagraphBlock: undefined },
      { stopping: true },
    ]) {
      expect(healthOf({ ...facts, ...change }, {}).ready).toBe(false);
    }
  });
});

describe("a chain that is away", () => {
  const reasons = (change: object) => publicHealthOf({ ...facts, ...change }).reasons;

  test("is unreachable, or silent while it is connected and makes no blocks, and not both", () => {
    const headAtMs = Date.now() - 121_000;
    expect(reasons({ chainConnected: false, headAtMs })).toEqual(["chain-unreachable"]);
    expect(reasons({ headAtMs })).toEqual(["chain-silent"]);
  });

  test("is no news of a miner that stops: it leaves the chain itself", () => {
    expect(reasons({ chainConnected: false, headAtMs: 0, stopping: true })).toEqual(["draining"]);
  });
});

describe("publicHealthOf", () => {
  test("gives reasons as words that say nothing about the operator, and no facts", () => {
    const health = publicHealthOf({
      ...facts,
      chainConnected: false,
      registered: false,
      announced: false,
      headBlock: 200,
      modelsState: { down: true, fellBack: true },
      stopping: true,
    });
    expect(health).toEqual({
      live: true,
      ready: false,
      degraded: true,
      reasons: ["not-registered", "not-announced", "metagraph-old", "model-down", "model-fell-back", "draining"],
      info: {},
    });
  });
});

describe("createMinerStatus", () => {
  test("counts requests and answers and gives the median of the last hundred solve times", () => {
    const models = [{ path: "a.onnx", runtime: "onnx" as const, provider: "cpu", sha256: "00" }];
    const status = createMinerStatus({
      hotkey: "5hot",
      netuid: 2,
      variant: "large",
      label: "Large",
      models: () => models,
    });
    expect(status.info()).toMatchObject({
      model: "Large",
      provider: "cpu",
      requests: 0,
      answered: 0,
      p50LatencyMs: null,
    });
    for (let i = 1; i <= 150; i++) {
      status.onOutcome("answered");
      status.onSolved(i <= 50 ? 1_000 : 5);
    }
    status.onOutcome("signature");
    expect(status.info()).toMatchObject({ requests: 151, answered: 150, p50LatencyMs: 5 });
    // A sign of life is no answer and took no time.
    for (let i = 0; i < 200; i++) status.onOutcome("ping");
    for (let i = 0; i < 60; i++) {
      status.onOutcome("answered");
      status.onSolved(7);
    }
    expect(status.info()).toMatchObject({ requests: 211, answered: 210, p50LatencyMs: 7 });
  });
});

describe("a machine whose clock is wrong", () => {
  const identity = { hotkey: "5hot", netuid: 2, variant: "large", label: "Large", models: () => [] };

  test("is doubted when requests come stale and none was answered for a minute, until one is", () => {
    let nowMs = 0;
    const told: boolean[] = [];
    const status = createMinerStatus({ ...identity, nowMs: () => nowMs, onClock: (doubted) => told.push(doubted) });
    const stale = (count: number): void => {
      for (let i = 0; i < count; i++) status.onOutcome("freshness");
    };
    stale(50);
    expect(told).toEqual([]);
    nowMs = 60_000;
    stale(2);
    expect(told).toEqual([true]);
    status.onOutcome("answered");
    expect(told).toEqual([true, false]);
    // What strangers send is no proof: others are answered meanwhile.
    stale(50);
    nowMs += 59_000;
    status.onOutcome("answered");
    nowMs += 60_000;
    stale(9);
    expect(told).toEqual([true, false]);
  });
});
