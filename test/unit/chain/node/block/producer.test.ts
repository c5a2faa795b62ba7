import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Producer, type ProducerMode } from "../../../../../chain/src/node/block/producer.ts";

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000, toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => void vi.useRealTimers());

function setUp(mode: ProducerMode, last = 1_000_000): { producer: Producer; times: number[] } {
  const times: number[] = [];
  const producer = new Producer(
    { mode, blockMs: 250 },
    { build: (ms) => void times.push(ms), lastTimestampMs: () => times.at(-1) ?? last, now: Date.now },
  );
  return { producer, times };
}

describe("the block producer", () => {
  it("makes the first block at once and one per interval after", () => {
    const { producer, times } = setUp("interval");
    producer.start();
    expect(times).toEqual([1_000_250]);
    vi.advanceTimersByTime(1_000);
    expect(times).toHaveLength(5);
    producer.stop();
    vi.advanceTimersByTime(1_000);
    expect(times).toHaveLength(5);
  });

  it("never lets block time stand still or go back, and follows the clock when that is ahead", async () => {
    const { producer, times } = setUp("manual", 2_000_000);
    producer.start();
    await producer.produce(3, () => false);
    expect(times).toEqual([2_000_250, 2_000_500, 2_000_750, 2_001_000]);
    vi.setSystemTime(5_000_000);
    await producer.produce(1, () => false);
    expect(times.at(-1)).toBe(5_000_000);
  });

  it("stops a running request when blocks are paused, and takes the next one", async () => {
    const { producer, times } = setUp("manual");
    const made = await producer.produce(1_000_000, (count) => {
      if (count === 3) producer.pause();
      return false;
    });
    // The pause came before the fourth block was begun, and that block was still made.
    expect(made).toBe(4);
    expect(times).toHaveLength(4);
    expect(await producer.produce(2, () => false)).toBe(2);
  });

  it("pauses and resumes the interval, and still makes blocks on request while paused", async () => {
    const { producer, times } = setUp("interval");
    producer.start();
    producer.pause();
    vi.advanceTimersByTime(5_000);
    expect(times).toHaveLength(1);
    await producer.produce(2, () => false);
    expect(times).toHaveLength(3);
    producer.resume();
    producer.resume();
    vi.advanceTimersByTime(250);
    expect(times).toHaveLength(4);
    producer.stop();
  });

  it("makes one block for the submissions of a turn, after the caller has been answered", async () => {
    const { producer, times } = setUp("instant");
    producer.start();
    producer.submitted();
    producer.submitted();
    expect(times).toHaveLength(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(times).toHaveLength(2);
    producer.stop();
  });

  it("runs requests one after the other and stops at the condition", async () => {
    const { producer, times } = setUp("manual");
    producer.start();
    const [a, b] = await Promise.all([producer.produce(100, (made) => made === 4), producer.produce(2, () => false)]);
    expect([a, b]).toEqual([4, 2]);
    expect(times).toHaveLength(7);
  });
});
