import { createServiceEstimate } from "@subnetkit/miner/scheduler/service-estimate";
import { expect, test } from "vitest";

function setup() {
  let nowMs = 0;
  const estimate = createServiceEstimate(() => nowMs);
  return { estimate, pass: (ms: number) => (nowMs += ms) };
}

test("knows nothing of what was never done", () => {
  const { estimate } = setup();
  estimate.record("task", "a", 10);
  expect([estimate.of("other"), estimate.ofCaller("other", "a"), estimate.ofCaller("task", "b")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect([estimate.of("task"), estimate.ofCaller("task", "a")]).toEqual([10, 10]);
});

test("forgets one slow request within some ten, also when it was the first", () => {
  const { estimate } = setup();
  estimate.record("task", "a", 2_000);
  for (let i = 0; i < 9; i++) estimate.record("task", "a", 10);
  expect(estimate.of("task")).toBeCloseTo(209, 5);
  for (let i = 0; i < 20; i++) estimate.record("task", "a", 10);
  expect(estimate.of("task")).toBeLessThan(40);
  const before = estimate.of("task") ?? 0;
  estimate.record("task", "a", 2_000);
  expect((estimate.of("task") ?? 0) - before).toBeLessThan(200);
});

test("believes that a caller asks for more than others only while something tells so", () => {
  const { estimate, pass } = setup();
  estimate.record("task", "slow", 2_000);
  for (let i = 0; i < 60; i++) estimate.record("task", "quick", 10);
  const others = estimate.of("task") ?? 0;
  expect(estimate.ofCaller("task", "slow")).toBe(2_000);
  pass(15_000);
  expect(estimate.ofCaller("task", "slow")).toBeCloseTo((2_000 + others) / 2, 5);
  pass(15_000);
  expect(estimate.ofCaller("task", "slow")).toBe(others);
  // One that asks for less goes on doing so.
  expect(estimate.ofCaller("task", "quick")).toBe(10);
});
