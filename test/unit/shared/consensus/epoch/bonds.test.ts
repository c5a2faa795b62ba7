import { alphaSigmoid } from "@subnetkit/shared/consensus/epoch/alpha-sigmoid";
import { bondsAlpha } from "@subnetkit/shared/consensus/epoch/bonds-alpha";
import { classicBonds } from "@subnetkit/shared/consensus/epoch/classic-bonds";
import { yuma3Bonds } from "@subnetkit/shared/consensus/epoch/yuma3-bonds";
import { runEpoch, traceEpoch } from "@subnetkit/shared/consensus/epoch";
import { I32F32 } from "@subnetkit/shared/fixed/formats";
import { u16Fraction } from "@subnetkit/shared/fixed/fractions";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyNetwork, nextInput, plainNetwork } from "../networks.ts";

const ONE = I32F32.one;
const settings = { low: u16Fraction(45_875), high: u16Fraction(58_982), steepness: I32F32.fromInt(1_000) };

describe("bondsAlpha", () => {
  it("rounds 1 - 0.9 to the value nearest 0.1 (2.5 point 3)", () => {
    expect(bondsAlpha(900_000)).toBe(429_496_730n);
    expect(bondsAlpha(0)).toBe(ONE);
    expect(bondsAlpha(1_000_000)).toBe(0n);
  });
});

describe("classic bonds", () => {
  it("keeps the old bonds of a column without new ones (2.5 point 4)", () => {
    const input = {
      activeStake: [ONE / 2n, ONE / 2n],
      bondWeights: [[], []],
      incentive: [ONE, 0n],
      storedBonds: [[[0, 3n * ONE]], [[0, ONE]]] as [number, bigint][][],
    };
    const { bonds, dividends } = classicBonds(input, bondsAlpha(900_000));
    expect(bonds[0]).toEqual([[0, ONE]]);
    expect(bonds[1]![0]![1]).toBeGreaterThan(ONE / 3n - 8n);
    expect(dividends[0]! + dividends[1]!).toBeGreaterThanOrEqual(ONE - 2n);
  });

  it("have column sums of at most 1 before they are scaled for storage", () => {
    fc.assert(
      fc.property(anyNetwork, (network) => {
        const { bonds } = traceEpoch({ ...network, yuma3: false });
        for (const row of bonds) for (const [, bits] of row) expect(bits <= ONE && bits >= 0n).toBe(true);
        const maxima = new Map<number, bigint>();
        for (const row of bonds)
          for (const [j, bits] of row) maxima.set(j, bits > (maxima.get(j) ?? 0n) ? bits : maxima.get(j)!);
        for (const most of maxima.values()) expect(most).toBe(ONE);
      }),
    );
  });

  it("let the smaller bond creep down by a unit now and then although nothing changes", () => {
    let input = plainNetwork(3, {
      yuma3: false,
      stake: { kind: "total", totalRao: [600n, 400n, 0n] },
      weights: [[[2, 65_535]], [[2, 65_535]], []],
    });
    const seen: number[] = [];
    for (let epoch = 0; epoch < 20; epoch += 1) {
      const output = runEpoch(input);
      seen.push(output.bonds[1]![0]![1]);
      input = nextInput(input, output);
    }
    expect(seen[0]).toBe(43_689);
    expect(Math.max(...seen)).toBe(43_689);
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(43_680);
  });
});

describe("alphaSigmoid", () => {
  it("is half way between the bounds at a difference of one half (2.6)", () => {
    const middle = settings.low + I32F32.mul(ONE / 2n, settings.high - settings.low);
    expect(alphaSigmoid(settings, 0n, ONE / 2n, 0n)).toBe(middle);
  });

  it("is close to low when weight and consensus agree and close to high when they are far apart", () => {
    const near = alphaSigmoid(settings, ONE / 2n, ONE / 2n, 0n);
    const far = alphaSigmoid(settings, 0n, ONE, 0n);
    // g = 1/(1+e^5) = 0.00669285 of the way.
    expect(I32F32.toNumber(near)).toBeCloseTo(0.7 + 0.00669285 * 0.2, 4);
    expect(I32F32.toNumber(far)).toBeCloseTo(0.9 - 0.00669285 * 0.2, 4);
  });

  it("measures a sale by bond minus weight", () => {
    expect(alphaSigmoid(settings, 0n, 0n, ONE)).toBe(alphaSigmoid(settings, 0n, ONE, 0n));
  });

  it("counts a weight equal to the bond as a purchase", () => {
    expect(alphaSigmoid(settings, 0n, ONE, ONE)).toBe(alphaSigmoid(settings, 0n, ONE, 0n));
  });

  it("never leaves its bounds", () => {
    const share = fc.bigInt(0n, ONE);
    const steepness = fc.integer({ min: -32_768, max: 32_767 }).map((value) => I32F32.fromInt(value));
    fc.assert(
      fc.property(share, share, share, steepness, (c, w, b, steep) => {
        const alpha = alphaSigmoid({ ...settings, steepness: steep }, c, w, b);
        expect(alpha >= settings.low && alpha <= settings.high).toBe(true);
      }),
    );
  });
});

describe("Yuma3 bonds with liquid alpha", () => {
  const base = {
    activeStake: [ONE, 0n],
    incentive: [0n, ONE],
    storedBonds: [
      [
        [0, I32F32.fromInt(65_535)],
        [1, I32F32.fromInt(65_535)],
      ],
      [],
    ] as [number, bigint][][],
  };

  it("drop a bond toward a uid missing from the weight row and let an explicit zero decay (2.6 point 3)", () => {
    const missing = yuma3Bonds({ ...base, bondWeights: [[[1, ONE]], []] }, [0n, ONE], 0n, settings);
    expect(missing.bonds[0]!.map(([j]) => j)).toEqual([1]);
    const explicit = yuma3Bonds(
      {
        ...base,
        bondWeights: [
          [
            [0, 0n],
            [1, ONE],
          ],
          [],
        ],
      },
      [0n, ONE],
      0n,
      settings,
    );
    expect(explicit.bonds[0]!.map(([j]) => j)).toEqual([0, 1]);
    expect(explicit.bonds[0]![0]![1]).toBe(ONE - alphaSigmoid(settings, 0n, 0n, ONE));
  });

  it("fall back to the single rate while every consensus is 0", () => {
    const { bonds } = yuma3Bonds({ ...base, bondWeights: [[[1, ONE]], []] }, [0n, 0n], ONE / 2n, settings);
    expect(bonds[0]).toEqual([
      [0, ONE / 2n],
      [1, ONE],
    ]);
  });
});
