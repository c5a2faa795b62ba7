/**
 * Ids of subscriptions. The Python SDK's asynchronous client keeps what came too late for a subscription under its id, also when it connects anew: where
 * ids began at 1 on each connection, a transaction was told the block of an earlier one, and its receipt ended in `ExtrinsicNotFound`.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { connectRaw } from "./raw-socket.ts";

let chain: TestChain;

beforeAll(async () => {
  chain = await startTestChain({ mode: "instant" });
});
afterAll(() => chain.close());

const methods = ["chain_subscribeNewHeads", "state_subscribeRuntimeVersion", "chainHead_v1_follow"] as const;

it("no connection gives an id that another one gave", async () => {
  const ids: unknown[] = [];
  for (let connection = 0; connection < 3; connection++) {
    const socket = await connectRaw(chain.port);
    for (const method of methods) ids.push(await socket.result(method, true));
    socket.close();
    await socket.closed;
  }
  expect(new Set(ids).size).toBe(3 * methods.length);
});

it("ids are texts of 16 letters and digits, as a Substrate node's", async () => {
  const socket = await connectRaw(chain.port);
  for (const method of methods) expect(await socket.result(method, true)).toMatch(/^[0-9a-zA-Z]{16}$/);
  socket.close();
});
