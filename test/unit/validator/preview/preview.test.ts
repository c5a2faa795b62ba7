import type { EpochInput, SparseRow } from "@subnetkit/shared/consensus/epoch/types";
import { runEpoch } from "@subnetkit/shared/consensus/epoch";
import { createLogger } from "@subnetkit/shared/log/logger";
import { createMetrics } from "@subnetkit/shared/metrics/define";
import { describe, expect, it } from "vitest";
import { validatorMetrics } from "../../../../validator/src/metrics.ts";
import { findCopies } from "../../../../validator/src/preview/copies.ts";
import { previewWeights } from "../../../../validator/src/preview/preview.ts";
import { createWeightsWatch } from "../../../../validator/src/preview/watch-weights.ts";
import { metagraph, neuron } from "../support/metagraph.ts";

/** Three validators (uid 0 is ours) and four miners. */
const stakes = [300n, 400n, 350n, 0n, 0n, 0n, 0n];
const row = (...values: number[]): SparseRow => values.map((value, i) => [i + 3, value] as const);
const agreed = row(65_535, 30_000, 20_000, 10_000);

function view(consensus: readonly number[] = [0, 0, 0, 65_535, 30_000, 20_000, 10_000]) {
  return metagraph(
    stakes.map((stake, uid) =>
      neuron({
        uid,
        hotkey: `hot-${uid}`,
        validatorPermit: uid < 3,
        totalStakeRao: stake * 1_000_000_000n,
        lastUpdate: uid < 3 ? 95 : 0,
        validatorTrust: uid < 3 ? 60_000 : 0,
        consensus: consensus[uid] ?? 0,
      }),
    ),
  );
}

function epoch(rows: readonly SparseRow[]): EpochInput {
  return {
    block: 100,
    tempo: 20,
    activityCutoff: 5_000,
    lastStepBlock: 80,
    stakeThresholdRao: 0n,
    maxValidators: 64,
    kappa: 32_767,
    bondsPenalty: 65_535,
    bondsMovingAverage: 900_000,
    yuma3: true,
    liquidAlpha: null,
    commitReveal: false,
    ownerUid: null,
    emissionRao: 1_000_000_000n,
    stake: { kind: "total", totalRao: stakes.map((stake) => stake * 1_000_000_000n) },
    registeredAt: stakes.map(() => 1),
    lastUpdate: stakes.map((_, uid) => (uid < 3 ? 95 : 0)),
    permits: stakes.map((_, uid) => uid < 3),
    weights: stakes.map((_, uid) => rows[uid] ?? []),
    bonds: stakes.map(() => []),
    earliestCommit: stakes.map(() => null),
  };
}

const weightsOf = (sparse: SparseRow) => ({
  uids: sparse.map(([uid]) => uid),
  values: sparse.map(([, value]) => value),
  hotkeys: sparse.map(([uid]) => `hot-${uid}`),
});

describe("the preview of weights", () => {
  const state = epoch([[], agreed, agreed]);

  it("gives what the reference epoch gives for the same rows", () => {
    const proposed = row(50_000, 65_535, 1_000, 0);
    const preview = previewWeights(weightsOf(proposed), { epoch: state, metagraph: view(), ownUid: 0 });
    const reference = runEpoch({
      ...state,
      weights: [proposed, ...state.weights.slice(1)],
      lastUpdate: [100, ...state.lastUpdate.slice(1)],
    });
    expect(Math.round(preview.vtrust * 65_535)).toBe(reference.validatorTrust[0]);
    expect(Math.round(preview.dividends * 65_535)).toBe(reference.dividends[0]);
    expect(preview.miners.map(({ uid, incentive }) => [uid, Math.round(incentive * 65_535)])).toEqual(
      [3, 4, 5, 6].map((uid) => [uid, reference.incentive[uid]]),
    );
  });

  it("finds weights of the consensus free, and warns of those that nobody supports", () => {
    const same = previewWeights(weightsOf(agreed), { epoch: state, metagraph: view(), ownUid: 0 });
    expect(same).toMatchObject({ warning: null });
    expect(same.vtrust).toBeGreaterThan(0.99);
    expect(same.deviation).toBeLessThan(0.001);
    const alone = previewWeights(weightsOf([[6, 65_535]]), { epoch: state, metagraph: view(), ownUid: 0 });
    expect(alone.vtrust).toBeLessThan(0.2);
    expect(alone.deviation).toBeGreaterThan(0.8);
    expect(alone.warning).toContain("the consensus supports only");
  });

  it("warns of a fall also while most of the weights are supported", () => {
    const shifted = row(45_000, 30_000, 20_000, 40_000);
    const preview = previewWeights(weightsOf(shifted), { epoch: state, metagraph: view(), ownUid: 0 });
    expect(preview.vtrust).toBeGreaterThan(0.5);
    expect(preview.warning).toContain("validator trust would fall from 91.6 %");
  });
});

describe("copied weights", () => {
  it("are rows that equal the last consensus, but not ours and not a majority's", () => {
    const rows = [agreed, agreed, row(60_000, 40_000, 20_000, 10_000)];
    expect(findCopies(view(), rows, 0)).toEqual([{ uid: 1, hotkey: "hot-1", distance: 0 }]);
    const rich = view();
    const majority = {
      ...rich,
      neurons: rich.neurons.map((one) => (one.uid === 1 ? { ...one, totalStakeRao: 10_000_000_000_000n } : one)),
    };
    expect(findCopies(majority, rows, 0)).toEqual([]);
  });

  it("cannot be told from rows older than the consensus, nor with too few miners", () => {
    const old = view();
    const before = { ...old, lastStep: 95 };
    expect(findCopies(before, [[], agreed, agreed], 0)).toEqual([]);
    expect(findCopies(view([0, 0, 0, 65_535, 30_000]), [[], row(65_535, 30_000), []], 0)).toEqual([]);
  });
});

describe("watching weights", () => {
  const log = createLogger({ name: "test", level: "silent" });
  const alone = weightsOf([[6, 65_535]]);

  it("keeps the preview, sets the gauges and warns", async () => {
    const warned: string[] = [];
    const metrics = createMetrics(validatorMetrics);
    const watch = createWeightsWatch(
      { ownHotkey: "hot-0" },
      {
        readEpoch: async () => epoch([[], agreed, agreed]),
        metrics,
        log: {
          ...log,
          warn: (_: object, text: string) => warned.push(text),
          info: () => undefined,
        } as unknown as typeof log,
      },
    );
    await watch.look({ weights: alone, metagraph: view() });
    expect(watch.current()?.copies.map(({ uid }) => uid)).toEqual([1, 2]);
    expect(warned).toEqual(["these weights cost validator trust"]);
    expect(await metrics.registry.metrics()).toContain("subnetkit_validator_weight_copies 2");
  });

  it("holds nothing up when the chain does not answer", async () => {
    const watch = createWeightsWatch(
      { ownHotkey: "hot-0" },
      {
        readEpoch: async () => {
          throw new Error("gone");
        },
        metrics: createMetrics(validatorMetrics),
        log,
      },
    );
    await watch.look({ weights: alone, metagraph: view() });
    expect(watch.current()).toBeUndefined();
  });
});
