import { applyShape, checkShape, type Shape } from "@subnetkit/shared/scoring";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const shapes: readonly Shape[] = [
  { kind: "linear" },
  { kind: "power", exponent: 2 },
  { kind: "power", exponent: 0.5 },
  { kind: "softmax", beta: 4 },
  { kind: "topK", k: 2 },
  { kind: "rank", decay: 0.5 },
];

describe("applyShape", () => {
  const scores = [0.2, 0.8, 0, 0.4];
  it.each<[Shape, number[]]>([
    [{ kind: "linear" }, [1 / 7, 4 / 7, 0, 2 / 7]],
    [{ kind: "power", exponent: 2 }, [1 / 21, 16 / 21, 0, 4 / 21]],
    [{ kind: "softmax", beta: Math.log(2) / 0.2 }, [1 / 11, 8 / 11, 0, 2 / 11]],
    [{ kind: "topK", k: 1 }, [0, 1, 0, 0]],
    [{ kind: "topK", k: 2 }, [0, 2 / 3, 0, 1 / 3]],
    [{ kind: "topK", k: 9 }, [1 / 7, 4 / 7, 0, 2 / 7]],
    [{ kind: "rank", decay: 0.5 }, [1 / 7, 4 / 7, 0, 2 / 7]],
  ])("%j of 0.2, 0.8, 0, 0.4", (shape, weights) => {
    const result = applyShape(shape, scores);
    for (const [i, weight] of weights.entries()) expect(result[i]).toBeCloseTo(weight, 12);
  });

  it("lets equals share their places in rank, and prefers the earlier one in topK", () => {
    expect(applyShape({ kind: "rank", decay: 0.5 }, [0.5, 0.5])).toEqual([0.5, 0.5]);
    const weights = applyShape({ kind: "rank", decay: 0.5 }, [0.9, 0.5, 0.5]);
    expect(weights[1]).toBe(weights[2]);
    expect(weights[0]).toBeCloseTo(1 / 1.75, 12);
    expect(applyShape({ kind: "topK", k: 1 }, [0.5, 0.5])).toEqual([1, 0]);
  });

  it.each(shapes)("$kind: sums to 1 or is all 0, gives 0 for 0 and keeps the order of the scores", (shape) => {
    const score = fc.oneof(
      fc.constant(0),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom(-1, Number.NaN, Number.POSITIVE_INFINITY),
    );
    fc.assert(
      fc.property(fc.array(score, { maxLength: 30 }), (list) => {
        const weights = applyShape(shape, list);
        expect(weights.length).toBe(list.length);
        const positive = list.map((value) => (Number.isFinite(value) && value > 0 ? value : 0));
        const sum = weights.reduce((total, weight) => total + weight, 0);
        if (positive.some((value) => value > 0)) expect(sum).toBeCloseTo(1, 9);
        else expect(sum).toBe(0);
        for (const [i, a] of positive.entries()) {
          if (a === 0) expect(weights[i]).toBe(0);
          for (const [j, b] of positive.entries()) if (a > b) expect(weights[i]).toBeGreaterThanOrEqual(weights[j]!);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("survives the largest parameters", () => {
    expect(applyShape({ kind: "softmax", beta: 1000 }, [1, 0.1])).toEqual([1, 0]);
    expect(applyShape({ kind: "power", exponent: 64 }, [1e-300, 1e-300])).toEqual([0.5, 0.5]);
  });
});

describe("checkShape", () => {
  it("accepts the shapes there are", () => {
    for (const shape of shapes) expect(() => checkShape(shape)).not.toThrow();
  });

  it.each<unknown>([
    { kind: "cubic" },
    { kind: "power", exponent: 0 },
    { kind: "power", exponent: 65 },
    { kind: "power", exponent: "2" },
    { kind: "power" },
    { kind: "softmax", beta: -1 },
    { kind: "softmax", beta: Number.POSITIVE_INFINITY },
    { kind: "topK", k: 0 },
    { kind: "topK", k: 1.5 },
    { kind: "rank", decay: 1 },
    { kind: "rank", decay: 0 },
  ])("refuses %j", (shape) => {
    let code = "nothing was thrown";
    try {
      checkShape(shape as Shape);
    } catch (error) {
      if (isAppError(error)) code = error.code;
    }
    expect(code).toBe("E_SHAPE");
  });
});
