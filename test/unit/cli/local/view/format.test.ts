import { wrapped } from "@subnetkit/cli/local/view/format";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

describe("a line of history", () => {
  it("goes on under its own text where the window is narrow", () => {
    expect(wrapped("17:12:00  miner-1     my model fell over, once more", 44)).toEqual([
      "17:12:00  miner-1     my model fell over, on",
      "                      ce more",
    ]);
  });

  it("is never cut, nor wider than the window, whatever the window", () => {
    const property = fc.property(
      fc.stringMatching(/^[a-z]{0,200}$/),
      fc.integer({ min: 0, max: 120 }),
      (line, columns) => {
        const pieces = wrapped(line, columns);
        expect(pieces.map((piece) => piece.trimStart()).join("")).toBe(line);
        for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(Math.max(1, columns));
      },
    );
    fc.assert(property, { numRuns: 100 });
  });
});
