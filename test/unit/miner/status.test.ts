import { createMinerStatus, healthOf, initialFacts, publicHealthOf } from "@subnetkit/miner/status";
import { describe, expect, test } from "vitest";

const facts = {
  chainConnected: true,
  announced: true,
  registered: true,
  headBlock: 100,
  metagraphBlock: 98,
  refreshBlocks: 5,
  listening: true,
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
    for (const change of [{ chainConnected: false }, { announced: false }, { headBlock: 200 }]) {
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

describe("publicHealthOf", () => {
  test("gives reasons as words that say nothing about the operator, and no facts", () => {
    const health = publicHealthOf({
      ...facts,
      chainConnected: false,
      registered: false,
      announced: false,
      headBlock: 200,
      stopping: true,
    });
    expect(health).toEqual({
      live: true,
      ready: false,
      degraded: true,
      reasons: ["chain-unreachable", "not-registered", "not-announced", "metagraph-old", "draining"],
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
