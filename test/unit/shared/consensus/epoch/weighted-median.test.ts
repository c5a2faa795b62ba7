import { type StakedScore, weightedMedian } from "@subnetkit/shared/consensus/epoch/weighted-median";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const column = (...pairs: [stake: bigint, score: bigint][]): StakedScore[] =>
  pairs.map(([stake, score]) => ({ stake, score }));
const total = (elements: readonly StakedScore[]): bigint => elements.reduce((sum, { stake }) => sum + stake, 0n);

describe("weightedMedian", () => {
  it("is 0 for no element and the score itself for one", () => {
    expect(weightedMedian([], 0n, 0n)).toBe(0n);
    expect(weightedMedian(column([5n, 7n]), 5n, 100n)).toBe(7n);
  });

  it("takes the score below which the minority fits", () => {
    const scores = column([1n, 10n], [1n, 20n], [1n, 30n], [1n, 40n]);
    expect(weightedMedian(scores, 4n, 0n)).toBe(10n);
    expect(weightedMedian(scores, 4n, 1n)).toBe(20n);
    expect(weightedMedian(scores, 4n, 2n)).toBe(30n);
    expect(weightedMedian(scores, 4n, 3n)).toBe(40n);
  });

  it("takes the higher score where the cumulative stake equals the minority", () => {
    expect(weightedMedian(column([2n, 10n], [2n, 20n]), 4n, 2n)).toBe(20n);
    expect(weightedMedian(column([2n, 10n], [2n, 20n]), 4n, 1n)).toBe(10n);
  });

  it("takes the lowest score for a negative minority and the highest for one above the total", () => {
    expect(weightedMedian(column([2n, 20n], [2n, 10n], [1n, 15n]), 5n, -1n)).toBe(10n);
    expect(weightedMedian(column([2n, 20n], [2n, 10n], [1n, 15n]), 5n, 6n)).toBe(20n);
  });

  it("does not depend on the order of the elements", () => {
    const element = fc.record({ stake: fc.bigInt(1n, 5n), score: fc.bigInt(0n, 4n) });
    fc.assert(
      fc.property(fc.array(element, { minLength: 1, maxLength: 12 }), fc.bigInt(-1n, 30n), (elements, minority) => {
        const forward = weightedMedian(elements, total(elements), minority);
        expect(weightedMedian([...elements].reverse(), total(elements), minority)).toBe(forward);
      }),
    );
  });
});
