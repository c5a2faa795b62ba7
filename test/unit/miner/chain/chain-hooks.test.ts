import { chainHooks } from "@subnetkit/miner/chain/chain-hooks";
import { createMinerMetrics } from "@subnetkit/miner/metrics";
import { initialFacts } from "@subnetkit/miner/status";
import { createLogger } from "@subnetkit/shared/log/logger";
import { expect, test } from "vitest";

test("says that the chain is back, once, with how long it was away, and not at the first connection", () => {
  const said: { msg: string; awayMs: number; endpoint: string }[] = [];
  const write = (line: string): void => void said.push(JSON.parse(line) as (typeof said)[number]);
  const facts = initialFacts({ metagraphRefreshBlocks: 5 });
  const hooks = chainHooks(createMinerMetrics(), facts, createLogger({ name: "test", destination: { write } }));
  hooks.onConnected?.("ws://a");
  expect([facts.chainConnected, said]).toEqual([true, []]);
  hooks.onDisconnected?.("ws://a", "closed");
  hooks.onDisconnected?.("ws://b", "closed");
  expect(facts.chainConnected).toBe(false);
  hooks.onConnected?.("ws://b");
  hooks.onHead?.({ number: 7, hash: "0x", parentHash: "0x" });
  expect(said).toMatchObject([
    { msg: "connected to the chain again", endpoint: "ws://b", awayMs: expect.any(Number) as number },
  ]);
  expect(facts).toMatchObject({ chainConnected: true, headBlock: 7, headAtMs: expect.any(Number) as number });
});
