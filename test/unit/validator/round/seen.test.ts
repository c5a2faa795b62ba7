import { describe, expect, it } from "vitest";
import { createSeenMemory, type Seen } from "../../../../validator/src/round/seen.ts";

const seenIn = (round: number): Seen => ({ round, uid: 0, score: 1, outcome: "answered", reason: "-", latencies: [] });

describe("what a process remembers of miners", () => {
  it("is what the last settled round left, and nothing when another process has settled since", () => {
    const memory = createSeenMemory();
    expect(memory.after(-1)).toBeUndefined();
    memory.keep(0, new Map([["a", seenIn(-1)]]), [["b", seenIn(0)]]);
    expect(memory.after(0)).toEqual(
      new Map([
        ["a", seenIn(-1)],
        ["b", seenIn(0)],
      ]),
    );
    expect(memory.after(1)).toBeUndefined();
  });

  it("does not grow with every miner that ever came and went", () => {
    const memory = createSeenMemory();
    for (let round = 0; round < 1_000; round++)
      memory.keep(round, memory.after(round - 1) ?? new Map(), [
        ["stays", seenIn(round)],
        [`comes in ${round}`, seenIn(round)],
      ]);
    const left = memory.after(999);
    expect(left?.get("stays")).toEqual(seenIn(999));
    expect(left?.size).toBeLessThan(200);
  });
});
