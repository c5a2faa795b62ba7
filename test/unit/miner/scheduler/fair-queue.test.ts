import { createFairQueue } from "@subnetkit/miner/scheduler/fair-queue";
import { expect, test } from "vitest";

/** A queue with one piece of `others` waiting, and what runs the next of it. */
function setup() {
  const queue = createFairQueue<string>();
  const push = (flow: string, weight = 1) => queue.push(flow, flow, queue.tagFor(flow, weight));
  push("others");
  return { queue, push, take: () => queue.take(() => true) };
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
