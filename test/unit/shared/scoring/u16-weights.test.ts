import { toU16Weights } from "@subnetkit/shared/scoring";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

describe("toU16Weights", () => {
  it.each([
    [
      [0.5, 1],
      [32768, 65535],
    ], // 32767.5 rounds away from zero
    [
      [1, 2, 4],
      [16384, 32768, 65535],
    ], // 16383.75 and 32767.5
    [
      [3, 7],
      [28086, 65535],
    ], // the weights of the vector in spec/subtensor-interface.md 6.3
    [
      [0, 0],
      [0, 0],
    ],
    [[], []],
    [
      [0, 1e-9, 1],
      [0, 0, 65535],
    ], // too small, but still there
    [
      [-1, Number.NaN, Number.POSITIVE_INFINITY, 1],
      [0, 0, 0, 65535],
    ],
    [[1e-300], [65535]],
  ])("makes %j into %j", (values, weights) => {
    expect(toU16Weights(values)).toEqual(weights);
  });

  it("agrees with exact integer arithmetic: floor((2 * value * 65535 + largest) / (2 * largest))", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 31 }), { minLength: 1, maxLength: 50 }), (values) => {
        const largest = BigInt(Math.max(...values));
        const exact = values.map((v) =>
          largest === 0n ? 0 : Number((2n * BigInt(v) * 65535n + largest) / (2n * largest)),
        );
        expect(toU16Weights(values)).toEqual(exact);
      }),
      { numRuns: 300 },
    );
  });

  it("leaves weights that are already upscaled as they are", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 50 }), (values) => {
        const once = toU16Weights(values);
        expect(toU16Weights(once)).toEqual(once);
      }),
      { numRuns: 200 },
    );
  });
});
