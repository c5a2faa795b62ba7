import { describe, expect, it } from "vitest";
import { connectBeacon } from "../../../../../../chain/src/node/runtime/drand/beacon.ts";
import { itemPrefix } from "../../../../../../chain/src/node/storage/keys.ts";
import { commitments } from "../../../../../../chain/src/spec/pallets/commitments.ts";
import { drand } from "../../../../../../chain/src/spec/pallets/drand.ts";
import { subtensorModule } from "../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { startTestChain } from "../../test-chain.ts";
import { World } from "../subtensor/world.ts";

describe("a beacon connected to a node", () => {
  it("gets its pulses through the pool into the blocks", async () => {
    const { node, faults, close } = await startTestChain({ mode: "manual" });
    try {
      await node.producer.produce(20, () => false);
      expect(node.chain.headState().get(drand.storage.LastStoredRound)).toBeGreaterThan(3n);
      expect(faults).toEqual([]);
    } finally {
      await close();
    }
  });

  it("does not stop blocks where raw writes left nothing that it could read", async () => {
    const chain = await startTestChain({ mode: "manual" });
    const write = (key: string, value: string | null) => chain.http("dev_setStorage", [[[key, value]]]);
    const heard: number[] = [];
    chain.node.onBlock(({ block }) => heard.push(block.number));
    try {
      const { number } = chain.node.chain.head;
      const entries = [
        `${itemPrefix(subtensorModule.storage.TimelockedWeightCommits)}00`,
        itemPrefix(commitments.storage.TimelockedIndex),
        itemPrefix(drand.storage.BeaconConfig),
      ];
      for (const key of entries) {
        const before = chain.faults.length;
        expect((await write(key, "0x05")).error).toBeUndefined();
        await chain.node.producer.produce(1, () => false);
        expect(chain.faults.length).toBeGreaterThan(before);
        await write(key, null);
      }
      // Listeners that come after the beacon's hear of every block.
      expect(heard).toEqual(Array.from({ length: 9 }, (_, at) => number + 1 + at));
      chain.faults.length = 0;
      await chain.node.producer.produce(2, () => false);
      expect(chain.faults).toEqual([]);
    } finally {
      await chain.close();
    }
  });

  it("offers pulses after each block until it is disconnected, whatever one block came to", () => {
    const { state } = new World();
    const listeners = new Set<() => void>();
    const offered: Uint8Array[] = [];
    const faults: unknown[] = [];
    const host = {
      head: () => ({ state, number: 0 }),
      onBlock(listener: () => void) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      submit: (bytes: Uint8Array) => offered.push(bytes),
      onFault: (error: unknown) => faults.push(error),
    };
    const problem = new RangeError("no beacon like that");
    const answers = [[Uint8Array.of(1)], problem, [Uint8Array.of(2)]];
    const pulses = (): Uint8Array[] => {
      const next = answers.shift() ?? [];
      if (next instanceof RangeError) throw next;
      return next;
    };
    const disconnect = connectBeacon(host, { pulses });
    for (let block = 0; block < 3; block++) for (const listener of listeners) listener();
    expect(offered).toHaveLength(2);
    expect(faults).toEqual([problem]);
    disconnect();
    expect(listeners.size).toBe(0);
  });
});
