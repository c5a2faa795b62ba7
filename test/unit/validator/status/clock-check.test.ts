import type { BlockRef } from "@subnetkit/chain/client/connect";
import { createLogger } from "@subnetkit/shared/log/logger";
import { describe, expect, it } from "vitest";
import { createClockCheck, watchClock } from "../../../../validator/src/status/clock-check.ts";
import { until } from "../../../support/until.ts";

const blockMs = 12_000;
const at = 1_800_000_000_000;

/** The verdict over blocks that arrived so many milliseconds after their timestamps. */
function verdict(ages: readonly number[], fresh = true): string | undefined {
  const check = createClockCheck({ blockMs });
  for (const [i, age] of ages.entries()) check.sample(at + i * blockMs, at + i * blockMs + age, fresh);
  return check.problems()[0]?.message;
}

describe("a clock, by the blocks of the chain", () => {
  it.each<[string, readonly number[], string | undefined]>([
    ["right", [800, 2_400, 700, 3_100, 5_900], undefined],
    ["a second behind, which may be the author's", [-1_000, -1_000], undefined],
    ["behind once, which may be one author's", [900, -4_000, 900], undefined],
    ["behind", [-1_500, -2_500], "This machine's clock is 1.5 s behind the chain's."],
    ["ahead", [9_000, 7_500, 12_000, 8_000], "This machine's clock is 7.5 s ahead of the chain's."],
    ["ahead by too few blocks to tell", [9_000, 9_000, 9_000], undefined],
    ["slow to hear of most blocks", [9_000, 7_500, 12_000, 900], undefined],
    ["set right again", [-5_000, -5_000, 500], undefined],
  ])("that is %s", (_what, ages, message) => {
    expect(verdict(ages)).toBe(message);
  });

  it("is not ahead because the newest block was old when we came", () => {
    expect(verdict([11_000, 11_000, 11_000, 11_000], false)).toBeUndefined();
  });
});

describe("watching the clock", () => {
  const log = createLogger({ name: "test", level: "silent" });

  function node(type: string) {
    let onHead: (block: BlockRef) => void = () => undefined;
    let now = at;
    let reads = 0;
    const head = (number: number): BlockRef => ({ number, hash: `0x${number}`, parentHash: "0x" });
    const modules = {
      client: {
        rpc: async (method: string) => (method === "system_chainType" ? type : undefined),
        head: () => head(0),
        subscribeHeads: (callback: (block: BlockRef) => void) => {
          onHead = callback;
          return () => (onHead = () => undefined);
        },
        blockMs,
        api: undefined as never,
      },
      log,
      nowMs: () => now,
      readTimestamp: async ({ number }: BlockRef) => {
        reads += 1;
        return at + number * blockMs;
      },
    };
    /** A block arrives, by a clock that is so far off. */
    const arrive = (number: number, offMs: number): void => {
      now = at + number * blockMs + 500 + offMs;
      onHead(head(number));
    };
    return { modules, arrive, reads: () => reads };
  }

  it("tells of a clock that is behind on a live chain, and stops with its signal", async () => {
    const { modules, arrive, reads } = node("Live");
    const stop = new AbortController();
    const check = await watchClock(modules, stop.signal);
    arrive(1, -4_000);
    arrive(2, -4_000);
    await until("the verdict", () => check.problems().length > 0);
    expect(check.problems()[0]?.code).toBe("E_CLOCK_OFF");
    stop.abort();
    const before = reads();
    arrive(3, 0);
    expect(reads()).toBe(before);
  });

  it("says nothing on a local chain, whose time is made up", async () => {
    const { modules, arrive, reads } = node("Local");
    const check = await watchClock(modules, new AbortController().signal);
    arrive(1, -4_000);
    arrive(2, -4_000);
    expect([check.problems(), reads()]).toEqual([[], 0]);
  });

  it("looks at the first blocks, and then once a minute", async () => {
    const { modules, arrive, reads } = node("Live");
    await watchClock(modules, new AbortController().signal);
    for (let number = 1; number <= 58; number++) arrive(number, 0);
    // The head that was there, 8 blocks, and one in 5 of the 50 that follow.
    expect(reads()).toBe(1 + 8 + 10);
  });
});
