import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BlockClockOptions,
  createBlockClock,
  epochProgress,
  firstBlockOfRound,
  type Head,
  nextEpochBlock,
  roundOf,
} from "@subnetkit/shared/clock/block-clock";
import { createManualHeads } from "@subnetkit/shared/clock/manual-heads";

async function setUp(change: Partial<BlockClockOptions> = {}) {
  const heads = createManualHeads();
  const stop = new AbortController();
  const errors: unknown[] = [];
  const dropped: string[] = [];
  const clock = createBlockClock({
    subscribe: heads.subscribe,
    signal: stop.signal,
    onError: (duty, error, failures) => errors.push([duty, error, failures]),
    onDropped: (duty) => dropped.push(duty),
    ...change,
  });
  await clock.start();
  return { heads, stop, clock, errors, dropped };
}

/** A promise that the test settles. */
function gate(): { readonly open: () => void; readonly passed: Promise<void> } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a duty of every block", () => {
  it("is called for each head, and at once for the present one when registered late", async () => {
    const { heads, clock } = await setUp();
    const seen: number[] = [];
    heads.push(1);
    clock.everyBlock("a", ({ number }) => void seen.push(number));
    await settled();
    heads.push(2);
    await settled();
    expect(seen).toEqual([1, 2]);
  });

  it("never runs twice at once, and after a slow run sees only the newest head", async () => {
    const { heads, clock, dropped } = await setUp();
    const seen: number[] = [];
    const first = gate();
    let running = 0;
    clock.everyBlock("slow", async ({ number }) => {
      running += 1;
      expect(running).toBe(1);
      seen.push(number);
      if (number === 1) await first.passed;
      running -= 1;
    });
    for (const number of [1, 2, 3, 4]) heads.push(number);
    first.open();
    await settled();
    expect(seen).toEqual([1, 4]);
    expect(dropped).toEqual(["slow", "slow"]);
  });

  it("stays registered when it fails", async () => {
    const { heads, clock, errors } = await setUp();
    let calls = 0;
    clock.everyBlock("bad", () => {
      calls += 1;
      throw new Error("no");
    });
    heads.push(1);
    await settled();
    heads.push(2);
    await settled();
    expect(calls).toBe(2);
    expect(errors).toHaveLength(2);
  });

  it("does not hold up another duty", async () => {
    const { heads, clock } = await setUp();
    const seen: number[] = [];
    const never = gate();
    clock.everyBlock("stuck", () => never.passed);
    clock.everyBlock("free", ({ number }) => void seen.push(number));
    heads.push(1);
    await settled();
    heads.push(2);
    await settled();
    expect(seen).toEqual([1, 2]);
    never.open();
  });

  it("is not called again for the same block, nor after the end", async () => {
    const { heads, stop, clock } = await setUp();
    const seen: number[] = [];
    clock.everyBlock("a", ({ number }) => void seen.push(number));
    heads.push(1);
    heads.push(1);
    await settled();
    stop.abort();
    expect(heads.listeners()).toBe(0);
    heads.push(2);
    await settled();
    expect(seen).toEqual([1]);
  });
});

describe("a duty of every round", () => {
  it("is called once per round and told how many it missed", async () => {
    const { heads, clock } = await setUp();
    const seen: [number, number][] = [];
    clock.everyRound("r", 10, (round, _head, missed) => void seen.push([round, missed]));
    for (const number of [25, 26, 29, 30, 31, 70, 71]) {
      heads.push(number);
      await settled();
    }
    expect(seen).toEqual([
      [2, 0],
      [3, 0],
      [7, 3],
    ]);
  });

  it("is called again in the same round after a failure, and counts its failures until one run succeeds", async () => {
    const { heads, clock, errors } = await setUp();
    const seen: [number, number][] = [];
    clock.everyRound("r", 10, async (round, { number }, missed) => {
      if (number === 21 || number === 22) throw new Error("Redis is away");
      seen.push([round, missed]);
    });
    for (const number of [5, 21, 22, 23, 24]) {
      heads.push(number);
      await settled();
    }
    expect(seen).toEqual([
      [0, 0],
      [2, 1],
    ]);
    expect(errors).toEqual([
      ["r", new Error("Redis is away"), 1],
      ["r", new Error("Redis is away"), 2],
    ]);
  });
});

describe("waiting for a block", () => {
  it("resolves with the first head at or past it, at once when it is there", async () => {
    const { heads, clock } = await setUp();
    const reached = clock.untilBlock(5);
    heads.push(3);
    heads.push(6);
    expect((await reached).number).toBe(6);
    expect((await clock.untilBlock(2)).number).toBe(6);
    expect([clock.blocksUntil(9), clock.blocksUntil(1)]).toEqual([3, 0]);
  });

  it("rejects when its signal or the clock ends, and leaves nothing behind", async () => {
    const { stop, clock } = await setUp();
    const own = new AbortController();
    const first = clock.untilBlock(5, own.signal);
    const second = clock.untilBlock(5);
    own.abort();
    await expect(first).rejects.toMatchObject({ code: "E_ABORTED" });
    stop.abort();
    await expect(second).rejects.toMatchObject({ code: "E_ABORTED" });
    await expect(clock.untilBlock(5)).rejects.toMatchObject({ code: "E_ABORTED" });
  });
});

describe("silence", () => {
  it("is counted from the newest head", async () => {
    let now = 1_000;
    const { heads, clock } = await setUp({ now: () => now });
    now = 3_000;
    expect(clock.silenceMs()).toBe(2_000);
    heads.push(1);
    now = 3_500;
    expect(clock.silenceMs()).toBe(500);
  });

  it("lets a subscription that comes after the end close at once", async () => {
    const heads = createManualHeads();
    const stop = new AbortController();
    stop.abort();
    const late: Head[] = [];
    const clock = createBlockClock({ subscribe: heads.subscribe, signal: stop.signal, onError: () => undefined });
    clock.everyBlock("a", (head) => void late.push(head));
    await clock.start();
    expect(heads.listeners()).toBe(0);
  });
});

describe("arithmetic of rounds and epochs", () => {
  it("puts every block into exactly one round", () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.integer({ min: 1, max: 7_200 }), (block, size) => {
        const round = roundOf(block, size);
        expect(firstBlockOfRound(round, size)).toBeLessThanOrEqual(block);
        expect(firstBlockOfRound(round + 1, size)).toBeGreaterThan(block);
      }),
    );
  });

  it("has the next epoch ahead, at most one tempo after the last one unless overdue", () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 50_400 }), fc.nat(100_000), (lastEpochBlock, tempo, since) => {
        const block = lastEpochBlock + since;
        const next = nextEpochBlock({ lastEpochBlock, tempo }, block)!;
        expect(next).toBeGreaterThan(block);
        expect(next).toBe(since < tempo ? lastEpochBlock + tempo : block + 1);
        expect(epochProgress({ lastEpochBlock, tempo }, block)).toBeCloseTo(Math.min(1, since / tempo));
      }),
    );
    expect(nextEpochBlock({ lastEpochBlock: 5, tempo: 0 }, 9)).toBeUndefined();
    expect(epochProgress({ lastEpochBlock: 5, tempo: 0 }, 9)).toBeUndefined();
  });
});
