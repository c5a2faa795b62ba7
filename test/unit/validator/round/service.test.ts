import { describe, expect, it } from "vitest";
import { forgetGone } from "../../../../validator/src/round/pipeline.ts";
import { lockTiming } from "../../../../validator/src/round/service.ts";
import type { ScoreStore, Standing } from "../../../../validator/src/store/score-store.ts";

describe("lock times", () => {
  const none = { lockMs: undefined, stalledMs: undefined };

  it("are long for long rounds and short for short ones, unless given", () => {
    expect(lockTiming(120_000, none)).toEqual({ lockMs: 9_000, stalledMs: 3_000 });
    expect(lockTiming(2_500, none)).toEqual({ lockMs: 5_000, stalledMs: 1_666 });
    expect(lockTiming(2_500, { lockMs: 9_000, stalledMs: 700 })).toEqual({ lockMs: 9_000, stalledMs: 700 });
  });
});

describe("forgetting", () => {
  it("drops only who left the subnet long ago", async () => {
    const standing = (hotkey: string, round: number): [string, Standing] => [
      hotkey,
      { hotkey, ema: 1, seen: { round, uid: 0, score: 1, outcome: "answered", reason: "-", latencies: [] } },
    ];
    let forgotten: readonly string[] = [];
    const scores: ScoreStore = {
      standings: async () =>
        new Map([standing("here", 1), standing("left lately", 1_900), standing("left long ago", 900)]),
      seen: async () => new Map(),
      forget: async (hotkeys) => {
        forgotten = hotkeys;
      },
    };
    expect(await forgetGone(scores, new Set(["here"]), 2_000)).toBe(1);
    expect(forgotten).toEqual(["left long ago"]);
  });
});
