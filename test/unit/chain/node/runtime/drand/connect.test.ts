import { describe, expect, it } from "vitest";
import { connectBeacon } from "../../../../../../chain/src/node/runtime/drand/beacon.ts";
import { drand } from "../../../../../../chain/src/spec/pallets/drand.ts";
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

  it("offers pulses after each block until it is disconnected", () => {
    const { state } = new World();
    const listeners = new Set<() => void>();
    const offered: Uint8Array[] = [];
    const host = {
      head: () => ({ state, number: 0 }),
      onBlock(listener: () => void) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      submit: (bytes: Uint8Array) => offered.push(bytes),
    };
    const disconnect = connectBeacon(host, { pulses: () => [Uint8Array.of(1), Uint8Array.of(2)] });
    for (const listener of listeners) listener();
    expect(offered).toHaveLength(2);
    disconnect();
    expect(listeners.size).toBe(0);
  });
});
