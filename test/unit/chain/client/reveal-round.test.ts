import { revealRound, revealWindow } from "@subnetkit/chain/client/reveal-round";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const publishedMs = (round: bigint, beacon: { genesisTimeS: number; periodS: number }): number =>
  beacon.genesisTimeS * 1000 + (Number(round) - 1) * beacon.periodS * 1000;

describe("revealWindow", () => {
  test("opens with the next epoch for a period of one, and one tempo later for each further one", () => {
    const facts = { commitBlock: 105, nextEpochBlock: 120, tempo: 20 };
    expect(revealWindow({ ...facts, periodEpochs: 1 })).toEqual({ firstBlock: 120, endBlock: 140 });
    expect(revealWindow({ ...facts, periodEpochs: 3 })).toEqual({ firstBlock: 160, endBlock: 180 });
  });

  test("counts a commit that lands in the epoch's own block for that epoch", () => {
    const facts = { nextEpochBlock: 120, tempo: 20, periodEpochs: 1 };
    expect(revealWindow({ ...facts, commitBlock: 119 }).firstBlock).toBe(120);
    expect(revealWindow({ ...facts, commitBlock: 120 }).firstBlock).toBe(140);
    expect(revealWindow({ ...facts, commitBlock: 160 }).firstBlock).toBe(180);
  });
});

describe("revealRound", () => {
  const quicknet = { genesisTimeS: 1_692_803_367, periodS: 3 };

  test("picks the first round published after the window opens on the real network", () => {
    const headTimeMs = 1_800_000_000_000;
    const window = { firstBlock: 1_010, endBlock: 1_370 };
    const round = revealRound({ window, tempo: 360, headBlock: 1_000, headTimeMs, blockMs: 12_000, beacon: quicknet });
    const opensMs = headTimeMs + 13 * 12_000;
    expect(publishedMs(round, quicknet)).toBeGreaterThanOrEqual(opensMs);
    expect(publishedMs(round - 1n, quicknet)).toBeLessThan(opensMs);
  });

  test("stays inside the window on a fast chain with a slow beacon", () => {
    const beacon = { genesisTimeS: 1_000, periodS: 3 };
    const window = { firstBlock: 110, endBlock: 120 };
    const facts = { window, tempo: 10, headBlock: 101, headTimeMs: 1_100_000, blockMs: 250, beacon };
    const closesMs = facts.headTimeMs + (window.endBlock - 2 - facts.headBlock) * facts.blockMs;
    expect(publishedMs(revealRound(facts), beacon)).toBeLessThanOrEqual(closesMs);
  });

  test("always lands between opening and closing when the beacon is at least four times as fast as the tempo", () => {
    fc.assert(
      fc.property(
        fc.record({
          tempo: fc.integer({ min: 16, max: 1000 }),
          blockMs: fc.constantFrom(250, 1_000, 12_000),
          headBlock: fc.integer({ min: 1, max: 1_000_000 }),
          ahead: fc.integer({ min: 1, max: 1000 }),
          headTimeMs: fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
          periodS: fc.integer({ min: 1, max: 3 }),
        }),
        ({ tempo, blockMs, headBlock, ahead, headTimeMs, periodS }) => {
          fc.pre(periodS * 1000 * 4 <= tempo * blockMs);
          const window = { firstBlock: headBlock + ahead, endBlock: headBlock + ahead + tempo };
          const beacon = { genesisTimeS: 1_692_803_367, periodS };
          const round = revealRound({ window, tempo, headBlock, headTimeMs, blockMs, beacon });
          const at = publishedMs(round, beacon);
          expect(at).toBeGreaterThanOrEqual(headTimeMs + ahead * blockMs);
          expect(at).toBeLessThanOrEqual(headTimeMs + (ahead + tempo - 2) * blockMs);
        },
      ),
      { numRuns: 300 },
    );
  });
});
