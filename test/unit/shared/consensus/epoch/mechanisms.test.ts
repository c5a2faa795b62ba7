import { runEpoch } from "@subnetkit/shared/consensus/epoch";
import {
  aggregateMechanisms,
  mechanismStorageIndex,
  mechanismWeights,
  runMechanisms,
  splitMechanismEmission,
} from "@subnetkit/shared/consensus/epoch/mechanisms";
import { runEpochFast } from "@subnetkit/shared/consensus/fast/fast-epoch";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainNetwork } from "../networks.ts";

const HALF = 1n << 63n;

describe("splitMechanismEmission", () => {
  it("gives the remainder to mechanism 0 (2.9 point 1)", () => {
    expect(splitMechanismEmission(100n, 3, null)).toEqual([34n, 33n, 33n]);
    expect(splitMechanismEmission(100n, 2, [32_768, 32_767])).toEqual([51n, 49n]);
    expect(splitMechanismEmission(100n, 3, [0, 65_535])).toEqual([0n, 100n, 0n]);
    expect(splitMechanismEmission(0n, 2, null)).toEqual([0n, 0n]);
  });

  it("loses nothing", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 64n - 1n), fc.integer({ min: 1, max: 16 }), (emission, count) => {
        const parts = splitMechanismEmission(emission, count, null);
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(emission);
      }),
    );
  });
});

describe("mechanism aggregation", () => {
  it("weights mechanisms by their part, and only mechanism 0 when nothing is emitted (2.9 point 3)", () => {
    expect(mechanismWeights([50n, 50n])).toEqual([HALF, HALF]);
    expect(mechanismWeights([0n, 0n])).toEqual([1n << 64n, 0n]);
    expect(mechanismStorageIndex(7, 2)).toBe(8_199);
  });

  it("adds rao, averages shares with a floor after each mechanism and ORs flags (2.9 point 4)", () => {
    const base = runEpoch(plainNetwork(1));
    const first = {
      ...base,
      dividends: [3],
      consensus: [65_535],
      emissionRao: [7n],
      serverEmissionRao: [1n],
      active: [false],
      permits: [false],
    };
    const second = {
      ...first,
      dividends: [3],
      consensus: [0],
      emissionRao: [9n],
      serverEmissionRao: [2n],
      active: [true],
    };
    const aggregate = aggregateMechanisms([first, second], [50n, 50n]);
    // floor(0 + 3/2) = 1, then floor(1 + 3/2) = 2: the floors do not cancel.
    expect(aggregate.dividends).toEqual([2]);
    expect(aggregate.consensus).toEqual([32_767]);
    expect(aggregate.emissionRao).toEqual([7n]);
    expect(aggregate.serverEmissionRao).toEqual([3n]);
    expect(aggregate.active).toEqual([true]);
    expect(aggregate.permits).toEqual([false]);
  });

  it("gives the plain epoch when there is one mechanism", () => {
    const input = plainNetwork(3, {
      stake: { kind: "total", totalRao: [600n, 400n, 0n] },
      weights: [[[2, 65_535]], [[2, 65_535]], []],
    });
    const { weights, bonds, lastUpdate, earliestCommit, ...shared } = input;
    const { aggregate, perMechanism } = runMechanisms(shared, [{ weights, bonds, lastUpdate, earliestCommit }], null);
    const { incentive: _i, bonds: _b, ...rest } = runEpoch(input);
    expect(aggregate).toEqual(rest);
    expect(perMechanism).toHaveLength(1);
  });

  it("computes a stored split with another sum as it stands: the rest goes to mechanism 0, weights are parts of E (2.9 points 1 and 3)", () => {
    expect(splitMechanismEmission(65_535n, 2, [1, 2])).toEqual([65_533n, 2n]);
    expect(splitMechanismEmission(65_535n, 2, [1, 2, 3])).toEqual([65_533n, 2n]);
    const tooMuch = splitMechanismEmission(100n, 2, [65_535, 65_535]);
    expect(tooMuch).toEqual([100n, 100n]);
    expect(mechanismWeights(tooMuch, 100n)).toEqual([1n << 64n, 1n << 64n]);
  });

  it("refuses no mechanism, too many, and parts that are not u16", () => {
    const { weights, bonds, lastUpdate, earliestCommit, ...shared } = plainNetwork(1);
    const one = { weights, bonds, lastUpdate, earliestCommit };
    const refused = (field: string) =>
      expect.objectContaining({ code: "E_EPOCH_INPUT", data: expect.objectContaining({ field }) });
    expect(() => runMechanisms(shared, [], null)).toThrowError(refused("mechanisms"));
    expect(() => runMechanisms(shared, new Array(17).fill(one), null)).toThrowError(refused("mechanisms"));
    expect(() => runMechanisms(shared, [one, one], [1, 65_536])).toThrowError(refused("split[1]"));
    expect(() => runMechanisms(shared, [one], [Number.NaN])).toThrowError(refused("split[0]"));
  });

  it("gives the same with the fast form", () => {
    const { weights, bonds, lastUpdate, earliestCommit, ...shared } = plainNetwork(3, {
      stake: { kind: "total", totalRao: [600n, 400n, 0n] },
      weights: [[[2, 65_535]], [[2, 65_535]], []],
    });
    const own = [
      { weights, bonds, lastUpdate, earliestCommit },
      { weights: [[[1, 7]], [], []] as [number, number][][], bonds, lastUpdate, earliestCommit },
    ];
    expect(runMechanisms(shared, own, [60_000, 5_535], runEpochFast)).toEqual(
      runMechanisms(shared, own, [60_000, 5_535]),
    );
  });
});
