import { ema, emaScores } from "@subnetkit/shared/scoring";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

describe("ema", () => {
  it("moves by alpha towards the observation, from 0 at first", () => {
    expect(ema(undefined, 1, 0.3)).toBeCloseTo(0.3, 12);
    expect(ema(0.3, 1, 0.3)).toBeCloseTo(0.51, 12);
    expect(ema(0.5, 0, 1)).toBe(0);
  });

  it("stays without an observation", () => {
    expect(ema(0.7, undefined, 0.3)).toBe(0.7);
    expect(ema(undefined, undefined, 0.3)).toBe(0);
  });

  it("stays between the old value and the new one", () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(unit, unit, fc.double({ min: 0.01, max: 1, noNaN: true }), (before, observed, alpha) => {
        const after = ema(before, observed, alpha);
        expect(after).toBeGreaterThanOrEqual(Math.min(before, observed) - 1e-12);
        expect(after).toBeLessThanOrEqual(Math.max(before, observed) + 1e-12);
      }),
      { numRuns: 200 },
    );
  });
});

describe("emaScores", () => {
  it("skips whoever was not asked, adds newcomers and changes nothing it was given", () => {
    const previous = new Map([
      ["a", 0.8],
      ["b", 0.4],
    ]);
    const after = emaScores(
      previous,
      new Map([
        ["b", 0],
        ["c", 1],
      ]),
      0.5,
    );
    expect([...after]).toEqual([
      ["a", 0.8],
      ["b", 0.2],
      ["c", 0.5],
    ]);
    expect(previous.get("b")).toBe(0.4);
  });
});
