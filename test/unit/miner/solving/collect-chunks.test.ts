import { collectChunks } from "@subnetkit/miner/solving/collect-chunks";
import { defineTask } from "@subnetkit/shared/subnet";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const task = defineTask({
  id: "count",
  request: z.object({}),
  response: z.object({ n: z.number() }),
  streaming: { chunk: z.object({ n: z.number() }) },
  limits: { timeoutMs: 1_000, maxResponseBytes: 1_000 },
  challenge: () => ({ request: {}, key: 1 }),
  scorer: { kind: "each", score: () => 1 },
});

/** An iterator of somebody's own, whose `return` is not the promise it should be. */
const careless = {
  [Symbol.asyncIterator]: () => ({
    next: () => Promise.resolve({ done: false as const, value: { n: 1 } }),
    return: (): never => {
      throw new Error("not now");
    },
  }),
};

describe("collectChunks", () => {
  test("leaves a stream whose own end throws without bringing the process down", async () => {
    const stop = new AbortController();
    let taken = 0;
    const sink = async (): Promise<void> => {
      if (++taken === 3) stop.abort();
    };
    const collected = await collectChunks(task, careless, { sink, signal: stop.signal });
    expect(collected).toMatchObject({ kind: "bad" });
    await new Promise((resolve) => setTimeout(resolve, 1));
  });

  test("leaves the solver's generator when a chunk makes the schema throw", async () => {
    let left = false;
    async function* chunks() {
      try {
        for (;;) yield { n: 1 };
      } finally {
        left = true;
      }
    }
    const throwing = {
      ...task,
      streaming: {
        chunk: {
          safeParse: () => {
            throw new RangeError("too deep");
          },
        },
      },
    };
    await expect(collectChunks(throwing as never, chunks(), { signal: new AbortController().signal })).rejects.toThrow(
      "too deep",
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(left).toBe(true);
  });
});
