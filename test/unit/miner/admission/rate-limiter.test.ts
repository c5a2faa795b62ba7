import { createRateLimiter } from "@subnetkit/miner/admission/rate-limiter";
import { describe, expect, test, vi } from "vitest";

function limiter(perSecond: number, burst: number, maxKeys?: number) {
  let nowMs = 0;
  const rate = createRateLimiter({ perSecond, burst }, () => nowMs, maxKeys);
  return { rate, pass: (ms: number) => (nowMs += ms) };
}

describe("createRateLimiter", () => {
  test("allows a burst, then one request per interval", () => {
    const { rate, pass } = limiter(10, 3);
    expect([rate.take("a"), rate.take("a"), rate.take("a")]).toEqual([0, 0, 0]);
    expect(rate.take("a")).toBe(100);
    pass(99);
    expect(rate.take("a")).toBe(1);
    pass(1);
    expect(rate.take("a")).toBe(0);
    expect(rate.take("a")).toBeGreaterThan(0);
  });

  test("keeps callers apart", () => {
    const { rate } = limiter(1, 1);
    expect(rate.take("a")).toBe(0);
    expect(rate.take("b")).toBe(0);
    expect(rate.take("a")).toBe(1_000);
  });

  test("does not save up more than a burst", () => {
    const { rate, pass } = limiter(10, 2);
    rate.take("a");
    pass(3_600_000);
    expect([rate.take("a"), rate.take("a")]).toEqual([0, 0]);
    expect(rate.take("a")).toBeGreaterThan(0);
  });

  test("does not look at the clock of the day: set back an hour it keeps nobody out, set forward it frees nobody", () => {
    const rate = createRateLimiter({ perSecond: 0.001, burst: 2 });
    const today = Date.now();
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      rate.take("a");
      vi.setSystemTime(today - 3_600_000);
      expect(rate.take("a")).toBe(0);
      vi.setSystemTime(today + 3_600_000);
      expect(rate.take("a")).toBeGreaterThan(900_000);
    } finally {
      vi.useRealTimers();
    }
  });

  test("forgets full buckets when it holds too many", () => {
    const { rate, pass } = limiter(1_000, 1, 10);
    for (let i = 0; i < 10; i++) rate.take(`key ${i}`);
    expect(rate.size()).toBe(10);
    pass(10);
    rate.take("one more");
    expect(rate.size()).toBe(1);
  });
});
