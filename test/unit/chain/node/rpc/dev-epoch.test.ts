import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { subtensorModule } from "../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { startTestChain, type TestChain } from "../test-chain.ts";

let chain: TestChain;

beforeAll(async () => {
  chain = await startTestChain({ mode: "manual" });
});
afterAll(async () => {
  await chain.close();
  expect(chain.faults).toEqual([]);
});

const lastEpoch = (): bigint => chain.node.chain.headState().get(subtensorModule.storage.LastEpochBlock, 1);

describe("dev_nextEpoch", () => {
  it("stops at the first block in which an epoch of the subnet ran", async () => {
    for (const count of [1, 1, 3]) {
      const before = lastEpoch();
      const { result } = await chain.http("dev_nextEpoch", [{ netuid: 1, count }]);
      const { block, blocks } = result as { block: number; blocks: number };
      expect(block).toBe(chain.node.chain.head.number);
      expect(lastEpoch()).toBe(BigInt(block));
      expect(lastEpoch()).toBeGreaterThan(before);
      const tempo = chain.node.chain.headState().get(subtensorModule.storage.Tempo, 1);
      expect(blocks).toBeLessThanOrEqual((tempo + 1) * count);
    }
  });

  it("refuses a subnet that does not exist", async () => {
    expect((await chain.http("dev_nextEpoch", [{ netuid: 999 }])).error?.message).toBe("No subnet 999");
    expect((await chain.http("dev_nextEpoch", [{}])).error?.code).toBe(-32_602);
  });
});
