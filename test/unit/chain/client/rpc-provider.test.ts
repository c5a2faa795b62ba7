import type { DisconnectReason } from "@subnetkit/chain/client/chain-client";
import { RpcProvider } from "@subnetkit/chain/client/rpc-provider";
import { startStallWatchdog } from "@subnetkit/chain/client/stall-watchdog";
import { createLogger } from "@subnetkit/shared/log/logger";
import { afterEach, describe, expect, test } from "vitest";
import { type FakeNode, startFakeNode } from "./support/fake-node.ts";

const log = createLogger({ name: "test", destination: { write: () => undefined } });
const genesis = `0x${"11".repeat(32)}`;
const otherGenesis = `0x${"22".repeat(32)}`;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function node(hash = genesis, port = 0): Promise<FakeNode> {
  const started = await startFakeNode(hash, port);
  closers.push(started.close);
  return started;
}

async function provider(
  endpoints: readonly string[],
  options: { genesisHash?: string; requestTimeoutMs?: number; startMs?: number } = {},
) {
  const lost: DisconnectReason[] = [];
  const { genesisHash, requestTimeoutMs = 2_000, startMs = 2_000 } = options;
  const made = new RpcProvider(
    {
      endpoints,
      requestTimeoutMs,
      reconnectMinMs: 1,
      reconnectMaxMs: 5,
      ...(genesisHash === undefined ? {} : { genesisHash }),
    },
    { log, hooks: { onDisconnected: (_endpoint, reason) => lost.push(reason) } },
  );
  closers.push(() => made.disconnect());
  await made.start(startMs, new AbortController().signal);
  return { provider: made, lost };
}

describe("connecting", () => {
  test("pins the genesis of the first endpoint that answers", async () => {
    const one = await node();
    const { provider: p } = await provider(["ws://127.0.0.1:1", one.url]);
    expect([p.genesisHash, p.endpoint, p.isConnected]).toEqual([genesis, one.url, true]);
  });

  test("says that nobody answered, and who was asked", async () => {
    const endpoints = ["ws://127.0.0.1:1"];
    await expect(provider(endpoints, { startMs: 100 })).rejects.toMatchObject({
      code: "E_CHAIN_UNREACHABLE",
      exitCode: 5,
      data: { endpoints },
    });
  });

  test("never uses an endpoint of another chain", async () => {
    const wrong = await node(otherGenesis);
    const right = await node();
    const { provider: p } = await provider([wrong.url, right.url], { genesisHash: genesis });
    expect(p.endpoint).toBe(right.url);
    await expect(provider([wrong.url], { genesisHash: genesis, startMs: 100 })).rejects.toMatchObject({
      code: "E_CHAIN_WRONG_GENESIS",
    });
  });

  test("does not wait for endpoints to become another chain's", async () => {
    const wrong = [await node(otherGenesis), await node(otherGenesis)].map(({ url }) => url);
    const begun = performance.now();
    await expect(provider(wrong, { genesisHash: genesis, startMs: 60_000 })).rejects.toMatchObject({
      code: "E_CHAIN_WRONG_GENESIS",
    });
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  test("refuses a node that does not know its own genesis, instead of taking that for one", async () => {
    const one = await node();
    one.answer("chain_getBlockHash", () => ({ result: null }));
    await expect(provider([one.url], { startMs: 300 })).rejects.toMatchObject({ code: "E_CHAIN_SHAPE" });
  });

  test("gives up at once when its owner does", async () => {
    const made = new RpcProvider({ endpoints: ["ws://127.0.0.1:1"], requestTimeoutMs: 1_000 }, { log });
    const owner = new AbortController();
    const started = made.start(60_000, owner.signal);
    owner.abort();
    await expect(started).rejects.toMatchObject({ code: "E_ABORTED" });
  });
});

describe("requests", () => {
  test("carry the node's error with its code and data", async () => {
    const one = await node();
    one.answer("author_submitExtrinsic", {
      error: { code: 1010, message: "Invalid Transaction", data: "Custom error: 6" },
    });
    const { provider: p } = await provider([one.url]);
    await expect(p.request("author_submitExtrinsic", [])).rejects.toMatchObject({
      code: "E_CHAIN_RPC",
      data: { code: 1010, data: "Custom error: 6" },
    });
  });

  test("have a read deadline; a connection on which nothing at all arrives is given up", async () => {
    const one = await node();
    one.answer("state_call", "silent");
    const { provider: p, lost } = await provider([one.url], { requestTimeoutMs: 100 });
    await expect(p.request("state_call", [])).rejects.toMatchObject({
      code: "E_CHAIN_TIMEOUT",
      data: { method: "state_call" },
    });
    await expect.poll(() => lost).toEqual(["silent"]);
    one.answer("state_call", { result: "0x00" });
    expect(await p.request("state_call", [])).toBe("0x00");
  });

  test("are repeated on the next endpoint when the connection breaks under a read", async () => {
    const one = await node();
    const two = await node();
    one.answer("state_call", () => {
      one.cut();
      return "silent";
    });
    one.answer("chain_getBlockHash", () => ({ result: one.asked.includes("state_call") ? otherGenesis : genesis }));
    two.answer("state_call", { result: "from two" });
    const { provider: p } = await provider([one.url, two.url]);
    expect(await p.request("state_call", [])).toBe("from two");
    expect(p.endpoint).toBe(two.url);
  });

  test("are not repeated when they may have been carried out", async () => {
    const one = await node();
    one.answer("author_submitExtrinsic", () => {
      one.cut();
      return "silent";
    });
    const { provider: p } = await provider([one.url]);
    await expect(p.request("author_submitExtrinsic", [])).rejects.toMatchObject({ code: "E_CHAIN_DISCONNECTED" });
    expect(one.asked.filter((method) => method === "author_submitExtrinsic")).toHaveLength(1);
  });

  test("wait for a connection that comes back in time", async () => {
    const one = await node();
    one.answer("system_chain", { result: "test" });
    const { provider: p } = await provider([one.url]);
    await one.close();
    await expect.poll(() => p.isConnected).toBe(false);
    const asking = p.request("system_chain", []);
    const again = await node(genesis, one.port);
    again.answer("system_chain", { result: "again" });
    expect(await asking).toBe("again");
  });
});

describe("subscriptions", () => {
  test("are renewed after a reconnection, one-shot ones are reported lost", async () => {
    const one = await node();
    let heads = 0;
    one.answer("chain_subscribeNewHeads", () => ({ result: `heads-${++heads}` }));
    one.answer("author_submitAndWatchExtrinsic", { result: "tx" });
    const { provider: p } = await provider([one.url]);
    const seen: unknown[] = [];
    let lost = 0;
    await p.watch({ method: "chain_subscribeNewHeads", params: [], once: false }, (result) => seen.push(result));
    await p.watch(
      { method: "author_submitAndWatchExtrinsic", params: [], once: true },
      (result) => seen.push(result),
      () => lost++,
    );
    one.notify("heads-1", 1);
    one.notify("tx", "ready");
    await expect.poll(() => seen).toEqual([1, "ready"]);
    one.cut();
    await expect.poll(() => lost).toBe(1);
    await expect.poll(() => heads).toBe(2);
    await expect.poll(() => p.isConnected).toBe(true);
    one.notify("heads-1", "old id");
    one.notify("tx", "too late");
    one.notify("heads-2", 2);
    await expect.poll(() => seen).toEqual([1, "ready", 2]);
  });

  test("stop when they are ended", async () => {
    const one = await node();
    one.answer("chain_subscribeNewHeads", { result: "h" });
    one.answer("chain_unsubscribeNewHeads", { result: true });
    const { provider: p } = await provider([one.url]);
    const seen: unknown[] = [];
    const id = await p.watch({ method: "chain_subscribeNewHeads", params: [], once: false }, (result) =>
      seen.push(result),
    );
    await p.unsubscribe("chain_newHead", "chain_unsubscribeNewHeads", id);
    one.notify("h", 1);
    one.answer("system_chain", { result: "fence" });
    await p.request("system_chain", []);
    expect(seen).toEqual([]);
  });
});

describe("startStallWatchdog", () => {
  const watch = (p: RpcProvider, head: number) => {
    const feed = {
      head: () => ({ number: head, hash: "0x", parentHash: "0x" }),
      lastHeadMs: () => 0,
      subscribe: () => () => undefined,
      stop: () => undefined,
    };
    const stop = startStallWatchdog({ provider: p, feed, blockMs: 250, stallBlocks: 20, log, patienceMs: 5 });
    closers.push(async () => stop());
  };

  test("leaves a node whose chain moved on without telling us", async () => {
    const one = await node();
    one.answer("chain_getHeader", { result: { number: "0x10" } });
    const { provider: p, lost } = await provider([one.url]);
    watch(p, 5);
    await expect.poll(() => lost.length).toBeGreaterThan(0);
    expect(lost[0]).toBe("stalled");
  });

  test("stays with the only node of a paused chain", async () => {
    const one = await node();
    one.answer("chain_getHeader", { result: { number: "0x5" } });
    const { provider: p, lost } = await provider([one.url]);
    watch(p, 5);
    await expect.poll(() => one.asked.filter((method) => method === "chain_getHeader").length).toBeGreaterThan(2);
    expect(lost).toEqual([]);
    expect(p.isConnected).toBe(true);
  });

  test("tries the other endpoint when there is one", async () => {
    const one = await node();
    const two = await node();
    for (const each of [one, two]) each.answer("chain_getHeader", { result: { number: "0x5" } });
    const { provider: p } = await provider([one.url, two.url]);
    watch(p, 5);
    await expect.poll(() => p.endpoint).toBe(two.url);
  });
});
