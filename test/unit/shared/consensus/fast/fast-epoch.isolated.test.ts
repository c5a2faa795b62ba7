import { type EpochInput, runEpoch } from "@subnetkit/shared/consensus/epoch";
import { runEpochFast, runPackedEpoch } from "@subnetkit/shared/consensus/fast/fast-epoch";
import { packRows, unpackRows } from "@subnetkit/shared/consensus/fast/rows";
import { fastSigmoid, sigmoidRate } from "@subnetkit/shared/consensus/fast/sigmoid";
import { alphaSigmoid } from "@subnetkit/shared/consensus/epoch/alpha-sigmoid";
import { I32F32 } from "@subnetkit/shared/fixed/formats";
import { u16Fraction } from "@subnetkit/shared/fixed/fractions";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { anyNetwork, nextInput, plainNetwork } from "../networks.ts";
import { randomNetwork } from "../random-network.ts";

/** Runs both forms over several epochs of carried bonds; the index of the first epoch that differs, or null. */
function firstDifference(network: EpochInput, epochs: number, fast: (input: EpochInput) => unknown): number | null {
  let input = network;
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const output = runEpoch(input);
    try {
      expect(fast(input)).toEqual(output);
    } catch {
      return epoch;
    }
    input = nextInput(input, output);
  }
  return null;
}

describe("runEpochFast", () => {
  it("gives the bits of the reference on small networks full of edges", () => {
    fc.assert(
      fc.property(anyNetwork, (network) => {
        let input: EpochInput = network;
        for (let epoch = 0; epoch < 3; epoch += 1) {
          const output = runEpoch(input);
          expect(runEpochFast(input)).toEqual(output);
          input = nextInput(input, output);
        }
      }),
      { numRuns: 600 },
    );
  });

  it.each([
    ["classic, dense", { n: 64, validators: 16, perRow: 64, yuma3: false, liquid: false }],
    ["Yuma3, dense", { n: 64, validators: 16, perRow: 64, yuma3: true, liquid: false }],
    ["Yuma3 with liquid alpha", { n: 48, validators: 12, perRow: 48, yuma3: true, liquid: true }],
    ["sparse rows", { n: 400, validators: 20, perRow: 12, yuma3: false, liquid: false }],
  ] as const)("gives them on larger networks over carried bonds: %s", (_, shape) => {
    for (let seed = 1; seed <= 3; seed += 1)
      expect(firstDifference(randomNetwork({ ...shape, seed }), 5, runEpochFast)).toBeNull();
  });

  it("gives them for an empty subnet, and where doubles would not do", () => {
    const empty = plainNetwork(0);
    expect(runEpochFast(empty)).toEqual(runEpoch(empty));
    fc.assert(
      fc.property(anyNetwork, fc.integer({ min: 1_000_001, max: Number.MAX_SAFE_INTEGER }), (network, mu) => {
        const input = { ...network, bondsMovingAverage: mu };
        const output = runEpoch(input);
        expect(runEpochFast(input)).toEqual(output);
        const packed = runPackedEpoch({ ...input, weights: packRows(input.weights), bonds: packRows(input.bonds) });
        expect(unpackRows(packed.bonds)).toEqual(output.bonds);
        expect([...packed.dividends]).toEqual(output.dividends);
      }),
      { numRuns: 100 },
    );
  });

  it("refuses what the reference refuses", () => {
    const network = randomNetwork({ n: 4, validators: 2, perRow: 4, yuma3: true, liquid: false, seed: 1 });
    expect(() => runEpochFast({ ...network, kappa: -1 })).toThrowError(
      expect.objectContaining({ code: "E_EPOCH_INPUT" }),
    );
  });
});

describe("runPackedEpoch", () => {
  it("gives the same from packed rows and checks them", () => {
    const network = randomNetwork({ n: 16, validators: 5, perRow: 8, yuma3: true, liquid: false, seed: 5 });
    const packed = { ...network, weights: packRows(network.weights), bonds: packRows(network.bonds) };
    const output = runPackedEpoch(packed);
    const reference = runEpoch(network);
    expect(unpackRows(output.bonds)).toEqual(reference.bonds);
    expect([...output.emissionRao]).toEqual(reference.emissionRao);
    const broken = { ...packed.weights, uids: packed.weights.uids.slice().fill(3) };
    expect(() => runPackedEpoch({ ...packed, weights: broken })).toThrowError(
      expect.objectContaining({ data: expect.objectContaining({ field: expect.stringMatching(/^weights\.uids\[/) }) }),
    );
  });

  it("packs and unpacks rows, sorting them", () => {
    expect(
      unpackRows(
        packRows([
          [
            [2, 5],
            [0, 0],
          ],
          [],
          [[1, 65_535]],
        ]),
      ),
    ).toEqual([
      [
        [0, 0],
        [2, 5],
      ],
      [],
      [[1, 65_535]],
    ]);
  });
});

describe("sigmoidRate", () => {
  it("is the reference sigmoid at every steepness", () => {
    const share = fc.oneof(fc.bigInt(0n, I32F32.one), fc.constantFrom(0n, I32F32.one / 2n, I32F32.one));
    const steep = fc.oneof(
      fc.constantFrom(1_000, 100, -1_000, 32_767, -32_768, 0, 1),
      fc.integer({ min: -32_768, max: 32_767 }),
    );
    fc.assert(
      fc.property(share, share, share, steep, (c, w, b, steepness) => {
        const settings = { low: 45_875, high: 58_982, steepness };
        const reference = { low: u16Fraction(45_875), high: u16Fraction(58_982), steepness: I32F32.fromInt(steepness) };
        return (
          BigInt(sigmoidRate(fastSigmoid(settings), Number(c), Number(w), Number(b))) ===
          alphaSigmoid(reference, c, w, b)
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("the comparison", () => {
  afterEach(() => {
    vi.doUnmock("../../../../../shared/src/consensus/fast/primitives.ts");
    vi.resetModules();
  });

  it("notices a fast form whose correction is disabled", async () => {
    vi.resetModules();
    vi.doMock("../../../../../shared/src/consensus/fast/primitives.ts", async (original) => {
      const real = await original<typeof import("@subnetkit/shared/consensus/fast/primitives")>();
      return {
        ...real,
        mulBits: (a: number, b: number) => Math.floor((a * b) / real.ONE),
        divBits: (a: number, b: number) => Math.floor((a / b) * real.ONE),
      };
    });
    const { runEpochFast: uncorrected } = await import("@subnetkit/shared/consensus/fast/fast-epoch");
    const { adversarialNetworks } = await import("../random-network.ts");
    const differing = adversarialNetworks().filter((network) => firstDifference(network, 1, uncorrected) !== null);
    expect(differing.length).toBeGreaterThan(0);
    expect(adversarialNetworks().every((network) => firstDifference(network, 1, runEpochFast) === null)).toBe(true);
  });
});
