import { bodyShape, fitsShape } from "@subnetkit/miner/server/body-shape";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const fits = (text: string, shape = bodyShape(2_000)): boolean => fitsShape(Buffer.from(text), shape);
/** Long enough to be looked at. */
const pad = " ".repeat(5_000);

/** Values of a document and the depth of its containers, as a parser sees them. */
function measure(value: unknown): { values: number; depth: number } {
  if (typeof value !== "object" || value === null) return { values: 1, depth: 0 };
  const parts = Object.values(value).map(measure);
  return {
    values: parts.reduce((sum, { values }) => sum + values, 1),
    depth: 1 + Math.max(0, ...parts.map(({ depth }) => depth)),
  };
}

describe("fitsShape", () => {
  test("takes as many values as it may, and no more", () => {
    const list = (count: number): string => `[${Array.from({ length: count }, () => "0").join(",")}]${pad}`;
    expect([fits(list(1_998)), fits(list(2_000))]).toEqual([true, false]);
    const members = (count: number): string =>
      `{${Array.from({ length: count }, (_, i) => `"${i}":0`).join(",")}}${pad}`;
    expect([fits(members(1_998)), fits(members(2_000))]).toEqual([true, false]);
  });

  test("takes no deeper nesting than a reader of it goes down", () => {
    const nested = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}${pad}`;
    expect([fits(nested(64)), fits(nested(65)), fits(`${'{"a":'.repeat(500_000)}`)]).toEqual([true, false, false]);
  });

  test("counts nothing that stands in a text, whatever is escaped there", () => {
    const text = JSON.stringify([`,[{"\\`.repeat(20_000)]);
    expect(fits(text)).toBe(true);
    expect(fits(`["\\\\",${"0,".repeat(3_000)}0]`)).toBe(false);
  });

  test("is never kinder than a parser: what it takes has no more values and is no deeper", () => {
    const shape = { maxValues: 12, maxDepth: 3 };
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        const { values, depth } = measure(JSON.parse(text));
        if (fits(text + pad, shape)) expect(values <= shape.maxValues && depth <= shape.maxDepth).toBe(true);
        else expect(2 * values > shape.maxValues || depth > shape.maxDepth).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test("leaves short bodies to the parser", () => {
    expect(fits("[".repeat(4_000))).toBe(true);
  });
});
