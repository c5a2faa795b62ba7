import { appError } from "@subnetkit/shared/errors/app-error";
import { createMetrics } from "@subnetkit/shared/metrics/define";
import { describe, expect, it } from "vitest";
import { validatorMetrics } from "../../../../validator/src/metrics.ts";
import { setGauges } from "../../../../validator/src/status/gauges.ts";
import { type HealthInput, validatorHealth } from "../../../../validator/src/status/health.ts";
import { buildStatus, type StatusInput } from "../../../../validator/src/status/status-view.ts";
import { metagraph, neuron } from "../support/metagraph.ts";
import { summaryOf } from "../support/plan.ts";

const input: StatusInput = {
  roles: ["plan", "weights"],
  hotkey: "own",
  netuid: 2,
  subnet: "sums",
  block: 125,
  round: 12,
  metagraph: metagraph([
    neuron({
      uid: 0,
      hotkey: "own",
      validatorPermit: true,
      validatorTrust: 65_535,
      lastUpdate: 111,
      totalStakeRao: 2_000_000_000n,
    }),
    neuron({ uid: 1, hotkey: "a" }),
    neuron({ uid: 2, hotkey: "fresh" }),
  ]),
  snapshot: {
    standings: new Map([
      [
        "a",
        {
          hotkey: "a",
          ema: 0.75,
          seen: { round: 11, uid: 1, score: 1, outcome: "answered", reason: "-", latencies: [5, 9, 7] },
        },
      ],
      ["left", { hotkey: "left", ema: 0.5, seen: undefined }],
    ]),
    lastRound: { ...summaryOf(11), of: 2, answered: 1, unreachable: 1, medianLatencyMs: 7, tookMs: 50 },
    lastSettled: 11,
    roundsCounted: 11,
  },
  weights: {
    epoch: 6,
    lastSubmittedBlock: 111,
    lastRevealedBlock: undefined,
    nextAttempt: 130,
    waitingFor: "later in the tempo",
    weights: new Map([["a", 1]]),
  },
};

describe("the status document", () => {
  it("shows rounds, scores by present uid and where the weights stand", () => {
    expect(buildStatus(input)).toEqual({
      roles: ["plan", "weights"],
      preview: null,
      evidence: null,
      hotkey: "own",
      uid: 0,
      netuid: 2,
      subnet: "sums",
      block: 125,
      round: 12,
      validatorPermit: true,
      vtrust: 1,
      lastRound: {
        round: 11,
        answered: 1,
        of: 2,
        skipped: 0,
        byOutcome: { answered: 1, late: 0, refused: 0, malformed: 0, unreachable: 1 },
        medianLatencyMs: 7,
        tookMs: 50,
      },
      scores: [
        {
          uid: 1,
          hotkey: "a",
          score: 0.75,
          lastScore: 1,
          lastOutcome: "answered",
          lastReason: "-",
          p50LatencyMs: 7,
          weight: 1,
        },
      ],
      weights: {
        lastSubmittedBlock: 111,
        lastRevealedBlock: null,
        epoch: 6,
        nextAttempt: 130,
        waitingFor: "later in the tempo",
        setBy: null,
      },
    });
  });

  it("says null for what is not known, never 0", () => {
    const empty = buildStatus({
      ...input,
      block: undefined,
      round: undefined,
      metagraph: undefined,
      snapshot: { standings: new Map(), lastRound: undefined, lastSettled: -1, roundsCounted: 0 },
      weights: {
        epoch: undefined,
        lastSubmittedBlock: undefined,
        lastRevealedBlock: undefined,
        nextAttempt: undefined,
        waitingFor: undefined,
        weights: new Map(),
      },
    });
    expect(empty).toMatchObject({ uid: null, block: null, round: null, lastRound: null, vtrust: null, scores: [] });
    expect(empty.weights).toEqual({
      lastSubmittedBlock: null,
      lastRevealedBlock: null,
      epoch: null,
      nextAttempt: null,
      waitingFor: null,
      setBy: null,
    });
    expect(buildStatus({ ...input, weights: undefined }).weights).toEqual(empty.weights);
  });

  it("names the process that sets weights", () => {
    const writer = { name: "b", place: "machine-2 boot pid:[1]", pid: 7, sinceMs: 0 };
    expect(buildStatus({ ...input, writer }).weights.setBy).toBe("b (7 on machine-2)");
  });
});

describe("the gauges", () => {
  it("follow the status, and drop the series of a miner that left", async () => {
    const metrics = createMetrics(validatorMetrics);
    const rest = { metagraph: input.metagraph, roundBlocks: 10, headAgeMs: 250, chainConnected: true, redisUp: true };
    setGauges(metrics, { status: buildStatus(input), ...rest });
    const text = await metrics.registry.metrics();
    expect(text).toContain('subnetkit_validator_score{uid="1"} 0.75');
    expect(text).toContain("subnetkit_validator_weights_age_blocks 14");
    expect(text).toContain("subnetkit_validator_round_lag_blocks 15");
    expect(text).toContain("subnetkit_validator_stake_alpha 2");
    setGauges(metrics, { status: { ...buildStatus(input), scores: [] }, ...rest });
    expect(await metrics.registry.metrics()).not.toContain('subnetkit_validator_score{uid="1"}');
  });
});

describe("health", () => {
  const well: HealthInput = {
    started: true,
    redisUp: true,
    redisWarnings: [],
    chainConnected: true,
    headAgeMs: 100,
    blockMs: 250,
    registered: true,
    problems: [],
    waitingFor: undefined,
    info: {},
  };

  it("is ready and not degraded when all is well", () => {
    expect(validatorHealth(well)).toEqual({ live: true, ready: true, degraded: false, reasons: [], info: {} });
  });

  it("needs no chain where the roles need none", () => {
    const chainless = { chainConnected: undefined, headAgeMs: undefined, blockMs: undefined, registered: undefined };
    expect(validatorHealth({ ...well, ...chainless })).toMatchObject({ ready: true, degraded: false });
  });

  it.each<[Partial<HealthInput>, boolean]>([
    [{ redisUp: false }, false],
    [{ chainConnected: false }, false],
    [{ registered: false }, false],
    [{ started: false }, false],
    [{ headAgeMs: 16_000 }, true],
    [{ redisWarnings: ["appendfsync is everysec"] }, true],
    [{ problems: [appError("E_VALIDATOR_PERMIT", { hotkey: "own", netuid: 2 })] }, true],
    [{ registered: false, problems: [appError("E_VALIDATOR_NOT_REGISTERED", { hotkey: "own", netuid: 2 })] }, false],
    [{ problems: [appError("E_CLOCK_OFF", { seconds: "3.0", direction: "behind" })] }, true],
  ])("says what is wrong with %j", (change, ready) => {
    const health = validatorHealth({ ...well, ...change });
    expect(health).toMatchObject({ live: true, ready, degraded: true });
    expect(health.reasons).toHaveLength(1);
  });
});
