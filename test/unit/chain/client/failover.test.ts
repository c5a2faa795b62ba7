import { type BlockRef, type ChainClient, connectChain } from "@subnetkit/chain/client/connect";
import { subscribeFinalizedHeads } from "@subnetkit/chain/client/finalized-heads";
import { readNumber } from "@subnetkit/chain/client/storage";
import type { DisconnectReason } from "@subnetkit/chain/client/chain-client";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startTcpProxy, type TcpProxy } from "../../../support/tcp-proxy.ts";
import { until } from "../../../support/until.ts";
import { type FakeNode, startFakeNode } from "./support/fake-node.ts";
import { type DevChain, silentLog, startDevChain } from "./support/dev-chain.ts";

let chain: DevChain;
let other: FakeNode;
const opened: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  [chain, other] = await Promise.all([startDevChain("manual"), startFakeNode(`0x${"22".repeat(32)}`)]);
});
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});
afterAll(() => Promise.all([chain.close(), other.close()]));

const timeoutMs = 1_000;
const lost: [string, DisconnectReason][] = [];

async function client(endpoints: readonly string[], genesisHash?: string): Promise<ChainClient> {
  lost.length = 0;
  const made = await connectChain({
    endpoints,
    log: silentLog,
    signal: new AbortController().signal,
    requestTimeoutMs: timeoutMs,
    connectTimeoutMs: 10_000,
    hooks: { onDisconnected: (endpoint, reason) => lost.push([endpoint, reason]) },
    ...(genesisHash === undefined ? {} : { genesisHash }),
  });
  opened.push(made);
  return made;
}

async function proxied(): Promise<{ proxy: TcpProxy; url: string }> {
  const proxy = await startTcpProxy(Number(new URL(chain.url).port));
  opened.push(proxy);
  return { proxy, url: `ws://127.0.0.1:${proxy.port}` };
}

/** Blocks until a client has heard of the newest. */
async function blockSeenBy(one: ChainClient): Promise<void> {
  await chain.newBlock();
  await until("the newest head", () => one.head().hash === chain.node.chain.head.hash);
}

describe("several endpoints of one chain", () => {
  it("go on where one vanishes without a word, also while nobody asks anything", async () => {
    const { proxy, url } = await proxied();
    const one = await client([url, chain.url]);
    const best: BlockRef[] = [];
    const final: BlockRef[] = [];
    one.subscribeHeads((block) => best.push(block));
    await subscribeFinalizedHeads(one, (block) => final.push(block));
    await blockSeenBy(one);
    expect(one.endpoint()).toBe(url);
    proxy.vanish();
    const { number } = await chain.newBlock().then(() => chain.node.chain.head);
    // A half-open socket: no request is made, no error comes.
    await until("the other endpoint", () => one.endpoint() === chain.url && one.connected(), 5_000);
    expect(lost).toEqual([[url, "silent"]]);
    await until("the block of meanwhile", () => best.at(-1)?.number === number && final.at(-1)?.number === number);
    await blockSeenBy(one);
  });

  it("carry a read that the dead one swallowed to its end, within its deadline", async () => {
    const { proxy, url } = await proxied();
    const one = await client([url, chain.url]);
    proxy.vanish();
    const begun = performance.now();
    const read = await one.rpc("chain_getBlockHash", [0], { timeoutMs: 5_000 });
    expect(read).toBe(one.genesisHash);
    expect(performance.now() - begun).toBeLessThan(4_500);
    expect(one.endpoint()).toBe(chain.url);
  });

  it("end a read that no endpoint answers at its deadline, and come back by themselves", async () => {
    const { proxy, url } = await proxied();
    const one = await client([url]);
    proxy.vanish();
    proxy.refuse(true);
    const begun = performance.now();
    const read = await readNumber(one, "system", "number").catch((error: unknown) => error);
    expect(isAppError(read) && read.consequence).toBe("retry");
    expect(performance.now() - begun).toBeLessThan(4 * timeoutMs);
    proxy.refuse(false);
    await until("the connection", () => one.connected(), 5_000);
    await blockSeenBy(one);
    expect(await readNumber(one, "system", "number")).toBe(chain.node.chain.head.number);
  });

  it("are left when they serve another chain, pinned or not", async () => {
    const { proxy, url } = await proxied();
    const foreign = await client([url, other.url, chain.url]);
    const { genesisHash } = foreign;
    expect((await client([other.url, chain.url], genesisHash)).endpoint()).toBe(chain.url);
    proxy.vanish();
    proxy.refuse(true);
    await until("the right one", () => foreign.endpoint() === chain.url && foreign.connected(), 5_000);
    const wrong = await client([other.url], genesisHash).catch((error: unknown) => error);
    expect(isAppError(wrong, "E_CHAIN_WRONG_GENESIS") && wrong.exitCode).toBe(3);
  });

  it("are not given up for being quiet: a paused chain answers pings", async () => {
    const one = await client([chain.url]);
    const begun = performance.now();
    await until("several deadlines", () => performance.now() - begun > 5 * timeoutMs);
    expect([one.connected(), lost]).toEqual([true, []]);
  });
});
