import { createWorkQueue } from "@subnetkit/miner/scheduler/work-queue";
import { describe, expect, test } from "vitest";

const soon = () => ({ deadlineMs: Date.now() + 10_000, signal: new AbortController().signal });

/** Work that ends when told to. */
function gate<T>(value: T) {
  let open: () => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    open = () => resolve(value);
  });
  return { work: () => promise, open };
}

describe("createWorkQueue", () => {
  test("runs as many as it may at once, the others in their order", async () => {
    const queue = createWorkQueue({ maxConcurrent: 1, maxQueued: 2 });
    const started: string[] = [];
    const first = gate("first");
    const run = (name: string, work: () => Promise<string>) =>
      queue.run(() => {
        started.push(name);
        return work();
      }, soon());
    const results = [run("1", first.work), run("2", async () => "second"), run("3", async () => "third")];
    expect([queue.inFlight(), queue.depth()]).toEqual([1, 2]);
    expect(started).toEqual(["1"]);
    first.open();
    expect(await Promise.all(results)).toEqual([
      { kind: "done", value: "first" },
      { kind: "done", value: "second" },
      { kind: "done", value: "third" },
    ]);
    expect(started).toEqual(["1", "2", "3"]);
    expect([queue.inFlight(), queue.depth()]).toEqual([0, 0]);
  });

  test("refuses at once what it has no room for", async () => {
    const queue = createWorkQueue({ maxConcurrent: 1, maxQueued: 1 });
    const first = gate(1);
    const running = [queue.run(first.work, soon()), queue.run(async () => 2, soon())];
    expect(await queue.run(async () => 3, soon())).toEqual({ kind: "full" });
    first.open();
    expect(await Promise.all(running)).toHaveLength(2);
  });

  test("drops what waited past its deadline without running it", async () => {
    const queue = createWorkQueue({ maxConcurrent: 1, maxQueued: 5 });
    const first = gate(1);
    const running = queue.run(first.work, soon());
    let ran = false;
    const late = await queue.run(
      async () => {
        ran = true;
      },
      { deadlineMs: Date.now() + 5, signal: new AbortController().signal },
    );
    expect(late).toEqual({ kind: "late" });
    first.open();
    await running;
    expect(ran).toBe(false);
    expect(queue.depth()).toBe(0);
  });

  test("drops what nobody waits for any more", async () => {
    const queue = createWorkQueue({ maxConcurrent: 1, maxQueued: 5 });
    const first = gate(1);
    const running = queue.run(first.work, soon());
    const caller = new AbortController();
    const waiting = queue.run(async () => 2, { deadlineMs: Date.now() + 10_000, signal: caller.signal });
    caller.abort();
    expect(await waiting).toEqual({ kind: "gone" });
    first.open();
    await running;
    expect(await queue.run(async () => 3, { deadlineMs: Date.now() + 1_000, signal: caller.signal })).toEqual({
      kind: "gone",
    });
  });

  test("gives the place back when work throws", async () => {
    const queue = createWorkQueue({ maxConcurrent: 1, maxQueued: 0 });
    await expect(queue.run(() => Promise.reject(new Error("broken")), soon())).rejects.toThrow("broken");
    expect(await queue.run(async () => "next", soon())).toEqual({ kind: "done", value: "next" });
  });

  test("drains: ends what runs, refuses what waits and what comes", async () => {
    const queue = createWorkQueue({ maxConcurrent: 1, maxQueued: 5 });
    const first = gate("first");
    const running = queue.run(first.work, soon());
    const waiting = queue.run(async () => "second", soon());
    const drained = queue.drain();
    expect(await waiting).toEqual({ kind: "stopping" });
    expect(await queue.run(async () => "third", soon())).toEqual({ kind: "stopping" });
    first.open();
    await drained;
    expect(await running).toEqual({ kind: "done", value: "first" });
  });
});
