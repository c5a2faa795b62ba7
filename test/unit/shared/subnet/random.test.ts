import { createRandom, randomInt, shuffled, xoshiro128StarStar } from "@subnetkit/shared/subnet/random";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

describe("xoshiro128**", () => {
  it("gives the reference numbers for the state 1, 2, 3, 4", () => {
    const next = xoshiro128StarStar([1, 2, 3, 4]);
    expect(Array.from({ length: 10 }, next)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });
});

describe("createRandom", () => {
  it("gives the same numbers for the same seed, on every machine", () => {
    const random = createRandom("a seed");
    expect([random.nextUint32(), random.nextUint32(), random.next()]).toEqual([
      2876165511, 2378561192, 0.5900910106131114,
    ]);
  });

  it("gives others for another seed", () => {
    expect(createRandom("a").nextUint32()).not.toBe(createRandom("b").nextUint32());
  });

  it("splits by label, however much was drawn before", () => {
    const fresh = createRandom("s").split("x");
    const used = createRandom("s");
    used.next();
    expect(used.split("x").next()).toBe(fresh.next());
    expect(createRandom("s").split("y").next()).not.toBe(createRandom("s").split("x").next());
    expect(createRandom("s").split("x").next()).not.toBe(createRandom("s").next());
  });

  it("stays in [0, 1) and spreads evenly", () => {
    const { next } = createRandom("spread");
    const bins = new Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i++) {
      const value = next();
      expect(value >= 0 && value < 1).toBe(true);
      bins[Math.floor(value * 16)]!++;
    }
    // Chi-squared of 15 degrees of freedom: 44 is beyond the 1 in 10,000 point.
    expect(bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(44);
  });
});

describe("randomInt and shuffled", () => {
  it("stay in range and keep the items", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 1000 }), (seed, below) => {
        const { next } = createRandom(seed);
        const value = randomInt(next, below);
        expect(Number.isInteger(value) && value >= 0 && value < below).toBe(true);
        const items = Array.from({ length: below % 50 }, (_, i) => i);
        expect(shuffled(next, items).sort((a, b) => a - b)).toEqual(items);
      }),
      { numRuns: 100 },
    );
  });
});
