import { latencyCurve } from "@subnetkit/shared/scoring";
import fc from "fast-check";
import { expect, it } from "vitest";

const curve = { fullUntilMs: 500, endMs: 1500, floor: 0.9 };

it.each([
  [0, 1],
  [500, 1],
  [1000, 0.95],
  [1500, 0.9],
  [99_999, 0.9],
  [Number.NaN, 0.9],
  [Number.POSITIVE_INFINITY, 0.9],
])("gives a latency of %d ms the factor %d", (latencyMs, factor) => {
  expect(latencyCurve(latencyMs, curve)).toBeCloseTo(factor, 12);
});

it("never rises with latency and stays between the floor and 1", () => {
  const ms = fc.integer({ min: 0, max: 10_000 });
  fc.assert(
    fc.property(
      ms,
      ms,
      ms,
      fc.integer({ min: 1, max: 5000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (a, b, from, width, floor) => {
        const options = { fullUntilMs: from, endMs: from + width, floor };
        const [fast, slow] = [latencyCurve(Math.min(a, b), options), latencyCurve(Math.max(a, b), options)];
        expect(fast).toBeGreaterThanOrEqual(slow);
        expect(slow).toBeGreaterThanOrEqual(floor - 1e-12);
        expect(fast).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 200 },
  );
});
