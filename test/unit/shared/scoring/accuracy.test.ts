import { aboveChance, accuracy } from "@subnetkit/shared/scoring";
import { describe, expect, it } from "vitest";

describe("accuracy", () => {
  it.each([
    [[1, 2, 3], [1, 2, 3], 1],
    [[1, 2, 0], [1, 2, 3], 2 / 3],
    [[1], [1, 2, 3, 4], 1 / 4],
    [[1, 2, 3, 9, 9], [1, 2, 3], 1],
    [[], [1], 0],
    [[1], [], 0],
  ])("of %j against %j is %d", (answered, expected, result) => {
    expect(accuracy(answered, expected)).toBeCloseTo(result, 12);
  });

  it("counts a missing answer as wrong even where undefined is expected", () => {
    expect(accuracy<number | undefined>([], [undefined])).toBe(0);
  });
});

describe("aboveChance", () => {
  it("makes guessing 0, perfection 1, and less than guessing 0", () => {
    expect(aboveChance(0.1, 10)).toBe(0);
    expect(aboveChance(1, 10)).toBeCloseTo(1, 12);
    expect(aboveChance(0.55, 10)).toBeCloseTo(0.5, 12);
    expect(aboveChance(0, 10)).toBe(0);
    expect(aboveChance(0.75, 2)).toBeCloseTo(0.5, 12);
  });
});
