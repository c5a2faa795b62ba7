import { normalise } from "@subnetkit/shared/scoring";
import fc from "fast-check";
import { expect, it } from "vitest";

it.each([
  [
    [1, 1, 2],
    [0.25, 0.25, 0.5],
  ],
  [
    [0, 0],
    [0, 0],
  ],
  [[], []],
  [
    [-1, Number.NaN, Number.POSITIVE_INFINITY, 3],
    [0, 0, 0, 1],
  ],
])("makes %j sum to 1", (values, result) => {
  expect(normalise(values)).toEqual(result);
});

it("sums to 1 for any positive values, huge and tiny ones too", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 5e-324, max: Number.MAX_VALUE, noNaN: true }), { minLength: 1 }),
      (values) => {
        const sum = normalise(values).reduce((total, value) => total + value, 0);
        expect(sum).toBeCloseTo(1, 9);
      },
    ),
    { numRuns: 300 },
  );
});
