import { type EpochInput, runEpoch, traceEpoch } from "@subnetkit/shared/consensus/epoch";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { denseEpoch } from "./dense-epoch.ts";
import { anyNetwork, nextInput, plainNetwork } from "./networks.ts";

describe("runEpoch against the dense form", () => {
  it("gives the same bits on small networks full of edges, over epochs of carried bonds", () => {
    fc.assert(
      fc.property(anyNetwork, (network) => {
        let input: EpochInput = network;
        for (let epoch = 0; epoch < 4; epoch += 1) {
          const output = runEpoch(input);
          expect(output).toEqual(denseEpoch(input));
          input = nextInput(input, output);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("keeps doing so for forty epochs of one network", () => {
    fc.assert(
      fc.property(anyNetwork, (network) => {
        let input: EpochInput = { ...network, tempo: 10, registeredAt: network.registeredAt.map(() => 0) };
        for (let epoch = 0; epoch < 40; epoch += 1) {
          const output = runEpoch(input);
          expect(output).toEqual(denseEpoch(input));
          input = nextInput(input, output);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("runEpoch invariants", () => {
  it("never pays more than the emission and loses less than one rao per uid to rounding beyond the 2^-32 of the shares", () => {
    fc.assert(
      fc.property(anyNetwork, (input) => {
        const { emissionRao } = runEpoch(input);
        const n = BigInt(emissionRao.length);
        const paid = emissionRao.reduce((sum, rao) => sum + rao, 0n);
        expect(paid).toBeLessThanOrEqual(input.emissionRao);
        const anyStake = traceEpoch(input).totalStake.some((stake) => stake > 0n);
        const lost = input.emissionRao - paid;
        const dust = n + ((2n * n + 2n) * input.emissionRao) / 2n ** 32n;
        if (anyStake && input.stakeThresholdRao === 0n) expect(lost).toBeLessThanOrEqual(dust);
      }),
    );
  });

  it("chooses a weight of the column, or 0, as consensus, and clipping never raises", () => {
    fc.assert(
      fc.property(anyNetwork, (input) => {
        const trace = traceEpoch(input);
        const column = (j: number) =>
          trace.weights.flatMap((row) => row.filter(([k]) => k === j).map(([, bits]) => bits));
        for (const [j, value] of trace.consensus.entries())
          expect(value === 0n || column(j).includes(value)).toBe(true);
        trace.clippedWeights.forEach((row, i) => {
          for (const [j, bits] of row) expect(bits).toBeLessThanOrEqual(new Map(trace.weights[i]!).get(j)!);
        });
      }),
    );
  });

  it("keeps Yuma3 bonds at 1 or less and u16 outputs inside u16", () => {
    fc.assert(
      fc.property(anyNetwork, (input) => {
        const output = runEpoch(input);
        const stored = output.bonds.flatMap((row) => row.map(([, value]) => value));
        const all = [
          ...output.incentive,
          ...output.consensus,
          ...output.dividends,
          ...output.validatorTrust,
          ...stored,
        ];
        for (const value of all) expect(Number.isInteger(value) && value >= 0 && value <= 65_535).toBe(true);
      }),
    );
  });

  it("does not change its input", () => {
    fc.assert(
      fc.property(anyNetwork, (input) => {
        const before = structuredClone(input);
        runEpoch(input);
        expect(input).toEqual(before);
      }),
      { numRuns: 50 },
    );
  });
});

describe("runEpoch worked by hand", () => {
  /** Validators 0 (600) and 1 (400) both give everything to miner 2. */
  const agreeing = plainNetwork(3, {
    stake: { kind: "total", totalRao: [600n, 400n, 0n] },
    weights: [[[2, 65_535]], [[2, 65_535]], []],
  });

  it("pays a miner everybody agrees on half, and the validators the other half by stake (2.6, 2.7)", () => {
    const output = runEpoch(agreeing);
    expect(output.incentive).toEqual([0, 0, 65_535]);
    expect(output.consensus).toEqual([0, 0, 65_535]);
    expect(output.validatorTrust).toEqual([65_535, 65_535, 0]);
    // 0.6 and 0.4 are floored to 32 bits before they are scaled by 65535: 39321 and 26214 lose a unit.
    expect(output.dividends).toEqual([39_320, 26_213, 0]);
    expect(output.stakeWeight).toEqual([39_320, 26_213, 0]);
    // Each bond is 0.1 of its weight after one epoch: floor(0.1 * 65535).
    expect(output.bonds).toEqual([[[2, 6_553]], [[2, 6_553]], []]);
    expect(output.serverEmissionRao).toEqual([0n, 0n, 500_000_000n]);
    expect(output.validatorEmissionRao).toEqual([299_999_999n, 199_999_999n, 0n]);
    expect(output.emissionRao).toEqual([299_999_999n, 199_999_999n, 500_000_000n]);
    expect(output.permits).toEqual([true, true, false]);
  });

  it("stores classic bonds divided by the largest of the column (2.5)", () => {
    const output = runEpoch({ ...agreeing, yuma3: false });
    // Column shares 0.6 and 0.4; the larger becomes 1, the other 2/3 (floored).
    expect(output.bonds).toEqual([[[2, 65_535]], [[2, 43_689]], []]);
    // The floors of the moving average (257698037 of 429496728) lift the share of validator 0 just above 0.6.
    expect(output.dividends).toEqual([39_321, 26_213, 0]);
  });

  it("pays by unmasked stake in the first epoch, when nobody has a permit yet (2.7, 6 note 6)", () => {
    const output = runEpoch({ ...agreeing, permits: [false, false, false] });
    expect(output.incentive).toEqual([0, 0, 0]);
    expect(output.validatorEmissionRao).toEqual([599_999_999n, 399_999_999n, 0n]);
    expect(output.serverEmissionRao).toEqual([0n, 0n, 0n]);
    expect(output.permits).toEqual([true, true, false]);
  });

  it("pays by active stake when the active validators give no usable weight", () => {
    const output = runEpoch({ ...agreeing, weights: [[], [], []], lastUpdate: [999, 0, 999], activityCutoff: 100 });
    expect(output.active).toEqual([true, false, true]);
    expect(output.validatorEmissionRao).toEqual([1_000_000_000n, 0n, 0n]);
  });

  it("lets the higher of two equal halves win the median at the default kappa (2.4)", () => {
    const output = runEpoch(
      plainNetwork(4, {
        stake: { kind: "total", totalRao: [500n, 500n, 0n, 0n] },
        weights: [
          [
            [2, 1],
            [3, 3],
          ],
          [
            [2, 3],
            [3, 1],
          ],
          [],
          [],
        ],
      }),
    );
    expect(output.consensus).toEqual([0, 0, 49_151, 49_151]);
  });

  it("gives one neuron alone its whole emission by stake", () => {
    const output = runEpoch(plainNetwork(1, { weights: [[[0, 65_535]]] }));
    expect(output.emissionRao).toEqual([1_000_000_000n]);
    expect(output.incentive).toEqual([0]);
  });

  it("keeps the owner's self-weight and drops everybody else's (2.2 step 7b)", () => {
    const selfish = plainNetwork(2, { weights: [[[0, 65_535]], [[1, 65_535]]] });
    expect(runEpoch(selfish).incentive).toEqual([0, 0]);
    const owned = runEpoch({ ...selfish, ownerUid: 0, kappa: 0 });
    expect(owned.incentive).toEqual([65_535, 0]);
  });

  it("gives the owner a permit on top of the K largest stakes and exempts it from the threshold (2.2 steps 3 and 5)", () => {
    const output = runEpoch(
      plainNetwork(4, {
        stake: { kind: "total", totalRao: [1n, 500n, 500n, 500n] },
        stakeThresholdRao: 10n,
        maxValidators: 2,
        ownerUid: 0,
      }),
    );
    expect(output.permits).toEqual([true, false, true, true]);
    expect(output.stakeWeight[0]).toBe(43);
  });

  it("computes a bonds moving average above 10^6 as the chain does: the rate of new bonds is negative (2.5 point 3)", () => {
    // alpha = 1 - 1.5 = -0.5: classic 1.5*old - 0.5*new, so only a bond without any new weight stays positive.
    const changes = {
      bondsMovingAverage: 1_500_000,
      bonds: [[[2, 30_000]], [[2, 10_000]], []] as [number, number][][],
    };
    const yuma3 = runEpoch({ ...agreeing, ...changes });
    // 30000/65535*1.5 - 0.5 < 1: floor(65535 * (1.5*0.457771... - 0.5)); 10000/65535*1.5 - 0.5 < 0 disappears.
    expect(yuma3.bonds).toEqual([[[2, 12_232]], [], []]);
    const classic = runEpoch({ ...agreeing, ...changes, yuma3: false });
    // Shares 3/4 and 1/4 of the old, 0.6 and 0.4 of the new: 0.825 and 0.175, divided by the larger.
    expect(classic.bonds).toEqual([[[2, 65_535]], [[2, 13_901]], []]);
  });

  it("returns empty vectors for an empty subnet", () => {
    expect(runEpoch(plainNetwork(0)).emissionRao).toEqual([]);
  });
});

describe("runEpoch refuses an impossible snapshot and names the field", () => {
  const fine = plainNetwork(2);
  const cases: readonly (readonly [string, Partial<Record<keyof EpochInput, unknown>>])[] = [
    ["lastUpdate", { lastUpdate: [1] }],
    ["permits", { permits: [true, true, true] }],
    ["permits[1]", { permits: [true, 1] }],
    ["weights", { weights: [[]] }],
    ["weights[0][0].uid", { weights: [[[2, 5]], []] }],
    [
      "weights[0][1].uid",
      {
        weights: [
          [
            [1, 5],
            [1, 6],
          ],
          [],
        ],
      },
    ],
    ["weights[1][0].value", { weights: [[], [[0, 65_536]]] }],
    ["weights[1][0].value", { weights: [[], [[0, Number.NaN]]] }],
    ["bonds[0][0].value", { bonds: [[[0, -1]], []] }],
    ["kappa", { kappa: 65_536 }],
    ["bondsPenalty", { bondsPenalty: 0.5 }],
    ["bondsMovingAverage", { bondsMovingAverage: -1 }],
    ["emissionRao", { emissionRao: -1n }],
    ["emissionRao", { emissionRao: 5 }],
    ["stakeThresholdRao", { stakeThresholdRao: 2n ** 64n }],
    ["ownerUid", { ownerUid: 2 }],
    ["block", { block: Number.NaN }],
    ["tempo", { tempo: -1 }],
    ["yuma3", { yuma3: 1 }],
    ["stake.kind", { stake: { kind: "shares" } }],
    ["stake.totalRao[1]", { stake: { kind: "total", totalRao: [1n, -1n] } }],
    ["stake.taoRao", { stake: { kind: "parts", alphaRao: [1n, 1n], taoRao: [1n], taoWeight: 0n } }],
    ["liquidAlpha.low", { liquidAlpha: { low: 5, high: 4, steepness: 1_000 } }],
    ["liquidAlpha.steepness", { liquidAlpha: { low: 4, high: 4, steepness: 40_000 } }],
    ["earliestCommit[0]", { earliestCommit: [-1, null] }],
  ];

  it.each(cases)("%s", (field, changes) => {
    expect(() => runEpoch({ ...fine, ...changes } as EpochInput)).toThrowError(
      expect.objectContaining({ code: "E_EPOCH_INPUT", data: expect.objectContaining({ field }) }),
    );
  });
});
