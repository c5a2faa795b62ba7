import { appError } from "@subnetkit/shared/errors/app-error";
import { backoff } from "@subnetkit/shared/util/backoff";
import { delay } from "@subnetkit/shared/util/delay";
import { retry } from "@subnetkit/shared/util/retry";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const code = (expected: string) => expect.objectContaining({ code: expected });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("delay", () => {
  it("resolves after its time and not before", async () => {
    let over = false;
    const waiting = delay(1_000).then(() => {
      over = true;
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await waiting;
    expect(over).toBe(true);
  });

  it("rejects at once when aborted, before or during, and leaves no timer", async () => {
    const controller = new AbortController();
    const waiting = expect(delay(60_000, controller.signal)).rejects.toEqual(code("E_ABORTED"));
    controller.abort();
    await waiting;
    await expect(delay(60_000, controller.signal)).rejects.toEqual(code("E_ABORTED"));
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("withTimeout", () => {
  it("passes a value and an error on, and clears its timer", async () => {
    await expect(withTimeout(Promise.resolve(7), 100, "x")).resolves.toBe(7);
    await expect(withTimeout(Promise.reject(new Error("no")), 100, "x")).rejects.toThrow("no");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("rejects with E_TIMEOUT naming what was late", async () => {
    const waiting = expect(withTimeout(new Promise(() => undefined), 50, "The query")).rejects.toEqual(
      expect.objectContaining({ code: "E_TIMEOUT", message: "The query took longer than 50 ms." }),
    );
    await vi.advanceTimersByTimeAsync(50);
    await waiting;
  });

  it("rejects with E_ABORTED when the signal fires, also when it had fired already", async () => {
    const controller = new AbortController();
    const waiting = expect(withTimeout(new Promise(() => undefined), 50, "x", controller.signal)).rejects.toEqual(
      code("E_ABORTED"),
    );
    controller.abort();
    await waiting;
    await expect(withTimeout(new Promise(() => undefined), 50, "x", controller.signal)).rejects.toEqual(
      code("E_ABORTED"),
    );
    expect(vi.getTimerCount()).toBe(0);
  });

  it("swallows a rejection that comes after the deadline", async () => {
    let fail: (error: Error) => void = () => undefined;
    const late = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    const waiting = expect(withTimeout(late, 10, "x")).rejects.toEqual(code("E_TIMEOUT"));
    await vi.advanceTimersByTimeAsync(10);
    await waiting;
    fail(new Error("too late to matter"));
    await vi.advanceTimersByTimeAsync(1);
  });
});

describe("backoff", () => {
  it("grows, stays within its bounds and never overflows", () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, random) => {
        const waitMs = backoff(attempt, { minMs: 100, maxMs: 5_000, random: () => random });
        expect(waitMs).toBeGreaterThanOrEqual(50);
        expect(waitMs).toBeLessThanOrEqual(5_000);
      }),
    );
    expect([0, 1, 2, 9].map((attempt) => backoff(attempt, { minMs: 100, maxMs: 1_000, random: () => 1 }))).toEqual([
      100, 200, 400, 1_000,
    ]);
  });
});

describe("retry", () => {
  const options = { attempts: 3, minMs: 10, maxMs: 10 };

  it("tries again until it works and says how often it waited", async () => {
    const onRetry = vi.fn();
    const fn = vi.fn(async (attempt: number) => {
      if (attempt < 2) throw new Error(`attempt ${attempt}`);
      return attempt;
    });
    const result = retry({ ...options, onRetry }, fn);
    await vi.runAllTimersAsync();
    await expect(result).resolves.toBe(2);
    expect(onRetry).toHaveBeenCalledTimes(2);
  });

  it("throws the last error when the attempts are used up", async () => {
    const fn = vi.fn(async (attempt: number) => Promise.reject(new Error(`attempt ${attempt}`)));
    const result = expect(retry(options, fn)).rejects.toThrow("attempt 2");
    await vi.runAllTimersAsync();
    await result;
    expect(fn).toHaveBeenCalledTimes(3);
  });

  it("gives up at once on an error that a retry cannot mend", async () => {
    const fn = vi.fn(async () => Promise.reject(appError("E_BAD_HEX")));
    await expect(retry(options, fn)).rejects.toEqual(code("E_BAD_HEX"));
    expect(fn).toHaveBeenCalledTimes(1);
  });

  it("stops waiting when the signal fires", async () => {
    const controller = new AbortController();
    const result = expect(
      retry({ ...options, minMs: 60_000, maxMs: 60_000, signal: controller.signal }, async () =>
        Promise.reject(new Error("x")),
      ),
    ).rejects.toEqual(code("E_ABORTED"));
    await vi.advanceTimersByTimeAsync(1);
    controller.abort();
    await result;
  });
});
