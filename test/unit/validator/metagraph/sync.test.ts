import { createBlockClock } from "@subnetkit/shared/clock/block-clock";
import { createManualHeads } from "@subnetkit/shared/clock/manual-heads";
import { createLogger } from "@subnetkit/shared/log/logger";
import { describe, expect, it } from "vitest";
import { createMetagraphSync } from "../../../../validator/src/metagraph/sync.ts";
import { until } from "../../../support/until.ts";
import { metagraph, neuron } from "../support/metagraph.ts";

describe("the metagraph", () => {
  it("is read every so many blocks, survives a failed read, and tells what changed without naming anybody", async () => {
    const heads = createManualHeads();
    const lines: string[] = [];
    const errors: unknown[] = [];
    let hotkeys = ["a", "b"];
    let reads = 0;
    let fail = false;
    const clock = createBlockClock({
      subscribe: heads.subscribe,
      signal: new AbortController().signal,
      onError: (_duty, error) => errors.push(error),
    });
    const sync = createMetagraphSync(
      { everyBlocks: 5 },
      {
        clock,
        fetch: async (head) => {
          if (fail) throw new Error("no answer");
          reads += 1;
          return metagraph(
            hotkeys.map((hotkey, uid) => neuron({ uid, hotkey })),
            { block: head.number },
          );
        },
        log: createLogger({ name: "test", destination: { write: (line: string) => void lines.push(line) } }),
      },
    );
    await clock.start();
    heads.push(100);
    await until("the first read", () => sync.current()?.block === 100);
    for (let block = 101; block < 105; block++) heads.push(block);
    await until("quiet", () => reads === 1);
    hotkeys = ["a", "c", "d"];
    heads.push(105);
    await until("the second read", () => sync.current()?.block === 105);
    expect(sync.hotkeys()).toEqual(new Set(["a", "c", "d"]));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ joined: 2, left: 1, msg: "the subnet changed" }]);
    fail = true;
    heads.push(110);
    await until("the failure", () => errors.length === 1);
    expect(sync.current()?.block).toBe(105);
    fail = false;
    heads.push(3);
    await until("a read of a chain that went back", () => sync.current()?.block === 3);
  });
});
