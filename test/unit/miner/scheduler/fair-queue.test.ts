import { createFairQueue } from "@subnetkit/miner/scheduler/fair-queue";
import fc from "fast-check";
import { expect, test } from "vitest";

/** A queue with one piece of `others` waiting, and what runs the next of it. */
function setup() {
  const queue = createFairQueue<string>();
  const push = (flow: string, weight = 1) => queue.push(flow, flow, queue.tagFor(flow, weight));
  push("others");
  const take = () => {
    const first = queue.first(() => true);
    if (first !== undefined) queue.take(first);
    return first?.item;
  };
  return { queue, push, take };
}

test("what was refused gets its tag as from its first refusal, once, however often it was refused", () => {
  const { queue, push, take } = setup();
  for (let i = 0; i < 50; i++) {
    queue.refused("light");
    push("others");
    take();
  }
  expect(queue.tagFor("others", 1)).toBe(52);
  expect(queue.tagFor("light", 0.1)).toBe(10);
  push("light", 0.1);
  expect(take()).toBe("light");
  // The second is one from now on.
  expect(queue.tagFor("light", 0.1)).toBe(60);
});

test("what is taken out undone is owed by nobody, and its caller is where it was", () => {
  const { queue, push, take } = setup();
  const light = push("light", 0.1);
  for (let i = 0; i < 5; i++) {
    push("others");
    take();
  }
  queue.remove(light);
  expect(queue.tagFor("light", 0.1)).toBe(10);
});

test("nothing is remembered of anybody once nobody waits", () => {
  const { queue, push, take } = setup();
  queue.refused("light");
  take();
  queue.refused("light");
  push("others");
  take();
  push("others");
  expect([queue.tagFor("light", 1), queue.tagFor("others", 1)]).toEqual([1, 2]);
});

test("what else of a caller waits moves up when an earlier piece is taken out", () => {
  const { queue, push } = setup();
  const [first, second, third] = [push("light", 0.5), push("light", 0.25), push("light", 0.5)];
  push("others");
  expect([first, second, third].map((each) => each?.tag)).toEqual([2, 6, 8]);
  queue.remove(first!);
  expect([second?.tag, third?.tag]).toEqual([2, 6]);
  expect(queue.tagFor("light", 0.5)).toBe(8);
  expect(queue.items()).toEqual(["others", "light", "others", "light"]);
  queue.charge("light", 1);
  queue.remove(second!);
  // Of what it used up only the start without waiting is left: 2 for the third, 1 for that.
  expect([third?.tag, queue.tagFor("light", 1)]).toEqual([2, 4]);
});

test("whoever has all of it taken out, in whatever order, is where it was, and the others' order is theirs", () => {
  const weight = fc.constantFrom(0.05, 0.3, 1, 3, 21e15);
  fc.assert(
    fc.property(fc.array(weight, { minLength: 1, maxLength: 8 }), fc.infiniteStream(fc.nat(7)), (weights, order) => {
      const { queue, push } = setup();
      const others = Array.from({ length: 3 }, () => push("others", 2));
      const waiting = weights.map((each) => push("light", each));
      while (waiting.length > 0) {
        const [gone] = waiting.splice((order.next().value ?? 0) % waiting.length, 1);
        queue.remove(gone!);
        expect(queue.size()).toBe(4 + waiting.length);
        expect([...waiting.map(({ tag }) => tag)].sort((a, b) => a - b)).toEqual(waiting.map(({ tag }) => tag));
      }
      expect(queue.tagFor("light", 1)).toBeCloseTo(1, 9);
      expect(others.map(({ tag }) => tag)).toEqual([1.5, 2, 2.5]);
    }),
    { numRuns: 100 },
  );
});

test("callers whose work waits until they hang up get their shares all the same", () => {
  const share = fc.double({ min: 0.05, max: 1, noNaN: true });
  const caller = fc.record({ weight: share, patience: fc.integer({ min: 40, max: 200 }) });
  fc.assert(
    fc.property(fc.array(caller, { minLength: 2, maxLength: 6 }), (callers) => {
      const { queue, take } = setup();
      const steps = 1_500;
      const done = new Map<string, number>();
      const total = callers.reduce((sum, { weight }) => sum + weight, 0);
      // Each asks for twice what it could get in every step, in which the miner does one piece.
      const asked = callers.map(() => 0);
      const givenUpAt = new Map<number, Set<ReturnType<typeof queue.push>>>();
      for (let step = 0; step < steps; step++) {
        for (const [i, { weight, patience }] of callers.entries()) {
          for (asked[i]! += (2 * weight) / total; asked[i]! >= 1; asked[i]!--) {
            const piece = queue.push(`${i}`, `${i}`, queue.tagFor(`${i}`, weight));
            const givenUp = givenUpAt.get(step + patience) ?? new Set();
            givenUpAt.set(step + patience, givenUp.add(piece));
          }
        }
        for (const piece of givenUpAt.get(step) ?? []) queue.remove(piece);
        const name = take() ?? "";
        done.set(name, (done.get(name) ?? 0) + 1);
      }
      for (const [i, { weight }] of callers.entries())
        expect((done.get(`${i}`) ?? 0) / steps / (weight / total)).toBeGreaterThan(0.8);
    }),
    { numRuns: 12 },
  );
});
