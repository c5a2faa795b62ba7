/** Finality that stays behind and reorganisations, in raw frames: what follows, legacy subscriptions and transaction watchers are told. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApiPromise } from "@polkadot/api";
import { Keyring } from "@polkadot/keyring";
import { u8aToHex } from "@polkadot/util";
import { blake2AsHex, cryptoWaitReady } from "@polkadot/util-crypto";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { subtensorModule } from "../../../chain/src/spec/pallets/subtensor-module.ts";
import { system } from "../../../chain/src/spec/pallets/system.ts";
import { storageKey } from "../../../chain/src/node/storage/keys.ts";
import { connectApi, startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { connectRaw, type RawSocket } from "./raw-socket.ts";

const BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

let chain: TestChain;
let socket: RawSocket;
/** Signs; connected by the first test that does. */
let api: ApiPromise | undefined;

beforeAll(() => cryptoWaitReady());
beforeEach(async () => {
  chain = await startTestChain({ mode: "manual", finalityLag: 3 });
  socket = await connectRaw(chain.port);
});
afterEach(async () => {
  socket.close();
  await api?.disconnect();
  api = undefined;
  await chain.close();
  expect(chain.faults).toEqual([]);
});

const hashAt = (number: number): string => chain.node.chain.hashAt(number) ?? "";
const head = (): { hash: string; number: number } => chain.node.chain.head;
const newBlocks = (count: number): Promise<unknown> => socket.result("dev_newBlock", { count });
/** A status of a watched transaction that is an object with this field. */
const has =
  (field: string) =>
  (event: unknown): boolean =>
    typeof event === "object" && event !== null && field in event;
const freeOf = (who: string): bigint => chain.node.chain.headState().get(system.storage.Account, who).data.free;

/** Signed remarks and transfers of development accounts. */
async function signed(uri: string, nonce: number, amount = 0): Promise<string> {
  api ??= await connectApi(chain.port);
  const pair = new Keyring({ type: "sr25519" }).addFromUri(uri);
  const call =
    amount === 0 ? api.tx["system"]?.["remark"]?.("0x01") : api.tx["balances"]?.["transferKeepAlive"]?.(BOB, amount);
  const hex = (await call?.signAsync(pair, { nonce, era: 0 }))?.toHex() ?? "";
  return hex;
}

/** The events of a follow up to now, as short texts with heights' names. */
async function eventsUntil(subscription: unknown, last: string, names: Record<string, string>): Promise<string[]> {
  const heard: string[] = [];
  const name = (hash: unknown): string => names[String(hash)] ?? String(hash);
  for (;;) {
    const event = await socket.event(subscription);
    switch (event["event"]) {
      case "newBlock":
        heard.push(`new ${name(event["blockHash"])} on ${name(event["parentBlockHash"])}`);
        break;
      case "bestBlockChanged":
        heard.push(`best ${name(event["bestBlockHash"])}`);
        break;
      case "finalized": {
        const list = (of: unknown): string => (of as string[]).map(name).join(" ");
        heard.push(`final ${list(event["finalizedBlockHashes"])} pruned ${list(event["prunedBlockHashes"])}`);
        break;
      }
      default:
        heard.push(String(event["event"]));
    }
    if (heard.at(-1) === last) return heard;
  }
}

describe("finality kept behind", () => {
  it("keeps every view of finality the same number of blocks behind the head", async () => {
    await newBlocks(9);
    expect(head().number).toBe(10);
    expect(await socket.result("chain_getFinalizedHead")).toBe(hashAt(7));
    expect(await socket.result("archive_v1_finalizedHeight")).toBe(7);
    expect(await socket.result("dev_info")).toMatchObject({ block: 10, finalized: 7, finalityLag: 3 });
    const heads = await socket.result("chain_subscribeFinalizedHeads");
    expect((await socket.event(heads))["number"]).toBe("0x7");
    const follow = await socket.result("chainHead_v1_follow", true);
    const initialized = await socket.event(follow);
    expect((initialized["finalizedBlockHashes"] as string[]).at(-1)).toBe(hashAt(7));
    for (const number of [8, 9, 10])
      expect(await socket.event(follow)).toMatchObject({ event: "newBlock", blockHash: hashAt(number) });
    expect(await socket.event(follow)).toEqual({ event: "bestBlockChanged", bestBlockHash: hashAt(10) });
    await newBlocks(1);
    expect(await socket.event(follow)).toMatchObject({ event: "newBlock", blockHash: hashAt(11) });
    expect((await socket.event(follow))["event"]).toBe("bestBlockChanged");
    expect(await socket.event(follow)).toEqual({
      event: "finalized",
      finalizedBlockHashes: [hashAt(8)],
      prunedBlockHashes: [],
    });
    expect((await socket.event(heads))["number"]).toBe("0x8");
  });

  it("follows a change of the lag: at once where it shrinks, block by block where it grows", async () => {
    await newBlocks(9);
    const follow = await socket.result("chainHead_v1_follow", false);
    await socket.event(follow, ({ event }) => event === "bestBlockChanged");
    expect(await socket.result("dev_setFinality", { lag: 1 })).toEqual({ lag: 1, finalized: 9, hash: hashAt(9) });
    expect(await socket.event(follow, ({ event }) => event === "finalized")).toMatchObject({
      finalizedBlockHashes: [hashAt(8), hashAt(9)],
    });
    await socket.result("dev_setFinality", { lag: 5 });
    await newBlocks(3);
    expect(await socket.result("archive_v1_finalizedHeight")).toBe(9);
    await newBlocks(2);
    expect(await socket.result("archive_v1_finalizedHeight")).toBe(10);
  });

  it("tells watched transactions inBlock at once and finalized when their block is", async () => {
    const legacy = await socket.result("author_submitAndWatchExtrinsic", await signed("//Alice", 0));
    const modern = await socket.result("transactionWatch_v1_submitAndWatch", await signed("//Bob", 0));
    await newBlocks(1);
    const block = head().hash;
    expect(await socket.event(legacy, has("inBlock"))).toEqual({ inBlock: block });
    expect(await socket.event(modern, ({ event }) => event === "bestChainBlockIncluded")).toMatchObject({
      block: { hash: block },
    });
    await newBlocks(2);
    const said = (subscription: unknown): string =>
      JSON.stringify(socket.frames.filter((frame) => frame.params?.subscription === subscription));
    await socket.result("system_health");
    expect(said(legacy) + said(modern)).not.toContain("finalized");
    await newBlocks(1);
    expect(await socket.event(legacy, has("finalized"))).toEqual({ finalized: block });
    expect(await socket.event(modern, ({ event }) => event === "finalized")).toMatchObject({ block: { hash: block } });
  });

  it("makes what engine_finalizeBlock names final", async () => {
    await newBlocks(9);
    expect(await socket.result("engine_finalizeBlock", hashAt(9))).toBe(true);
    expect(await socket.result("chain_getFinalizedHead")).toBe(hashAt(9));
  });
});

describe("dev_reorg", () => {
  it("shows a real fork to a follow: new blocks on another parent, then the best moves, later the losers are pruned", async () => {
    await newBlocks(9);
    const follow = await socket.result("chainHead_v1_follow", true);
    const names: Record<string, string> = {};
    for (const number of [7, 8, 9, 10]) names[hashAt(number)] = String(number);
    const lost = [9, 10].map(hashAt);
    const answer = (await socket.result("dev_reorg", { depth: 2 })) as Record<string, unknown>;
    expect(answer).toMatchObject({ block: 11, hash: head().hash, retracted: lost, pooled: [], dropped: [] });
    expect(answer["adopted"]).toEqual([9, 10, 11].map(hashAt));
    for (const number of [9, 10, 11]) names[hashAt(number)] = `${number}'`;
    await newBlocks(1);
    names[head().hash] = "12'";
    expect(await eventsUntil(follow, "final 9' pruned 9 10", names)).toEqual([
      "initialized",
      "new 8 on 7",
      "new 9 on 8",
      "new 10 on 9",
      "best 10",
      "new 9' on 8",
      "new 10' on 9'",
      "new 11' on 10'",
      "best 11'",
      "final 8 pruned ",
      "new 12' on 11'",
      "best 12'",
      "final 9' pruned 9 10",
    ]);
    expect(socket.frames.some((frame) => frame.params?.result["event"] === "stop")).toBe(false);
  });

  it("tells legacy heads only of the new best block, and all heads of every block", async () => {
    await newBlocks(9);
    const best = await socket.result("chain_subscribeNewHeads");
    const all = await socket.result("chain_subscribeAllHeads");
    await socket.event(best);
    await socket.event(all);
    await socket.result("dev_reorg", { depth: 2 });
    expect((await socket.event(best))["number"]).toBe("0xb");
    expect((await socket.event(all))["number"]).toBe("0x9");
    expect((await socket.event(all))["number"]).toBe("0xa");
    expect((await socket.event(all))["number"]).toBe("0xb");
  });

  it("keeps the replaced blocks readable by hash, with their states, as forks of their height", async () => {
    await newBlocks(6);
    await socket.result("author_submitExtrinsic", await signed("//Alice", 0, 5_000_000));
    const before = freeOf("0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48");
    await newBlocks(2);
    const lost = hashAt(8);
    const account =
      "0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da94f9aea1afa791265fae359272badc1cf8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48";
    const paid = await socket.result("state_getStorage", account, lost);
    await socket.result("dev_reorg", { depth: 2, drop: true });
    expect(freeOf("0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48")).toBe(before);
    expect(await socket.result("state_getStorage", account, lost)).toBe(paid);
    expect(await socket.result("state_getStorage", account)).not.toBe(paid);
    expect(await socket.result("chain_getHeader", lost)).toMatchObject({ number: "0x8" });
    expect(await socket.result("archive_v1_hashByHeight", 8)).toEqual([hashAt(8), lost]);
    expect(await socket.result("state_getRuntimeVersion", lost)).toMatchObject({ specVersion: 424 });
    const keys = (await socket.result("state_getKeysPaged", account.slice(0, 66), 100, null, lost)) as string[];
    expect(keys).toContain(account);
    await newBlocks(4);
    expect(await socket.result("archive_v1_hashByHeight", 8)).toEqual([hashAt(8)]);
    expect(await socket.result("state_getStorage", account, lost)).toBe(paid);
  });

  it("puts transactions back: retracted, ready, in another block, and final there", async () => {
    await newBlocks(5);
    const legacy = await socket.result("author_submitAndWatchExtrinsic", await signed("//Alice", 0, 5_000_000));
    const modern = await socket.result("transactionWatch_v1_submitAndWatch", await signed("//Bob", 0));
    const unwatched = await signed("//Charlie", 0);
    await socket.result("author_submitExtrinsic", unwatched);
    await newBlocks(2);
    const first = hashAt(7);
    const { pooled } = (await socket.result("dev_reorg", { depth: 2 })) as { pooled: string[] };
    expect(pooled).toHaveLength(3);
    const second = hashAt(7);
    const statuses: unknown[] = [];
    for (;;) {
      const status = await socket.event(legacy);
      statuses.push(status);
      if (has("inBlock")(status) && status["inBlock"] === second) break;
    }
    expect(statuses).toEqual([
      "ready",
      { broadcast: [] },
      { inBlock: first },
      { retracted: first },
      "ready",
      { broadcast: [] },
      { inBlock: second },
    ]);
    const included = ({ event }: Record<string, unknown>): boolean => event === "bestChainBlockIncluded";
    expect(await socket.event(modern, included)).toMatchObject({ block: { hash: first } });
    expect(await socket.event(modern, included)).toMatchObject({ block: null });
    expect(await socket.event(modern, included)).toMatchObject({ block: { hash: second } });
    const { block } = (await socket.result("chain_getBlock", second)) as { block: { extrinsics: string[] } };
    expect(block.extrinsics).toContain(unwatched);
    await newBlocks(3);
    expect(await socket.event(legacy, has("finalized"))).toEqual({ finalized: second });
    expect(await socket.event(modern, ({ event }) => event === "finalized")).toMatchObject({ block: { hash: second } });
  });

  it("drops all transactions of the old branch, or those it is told", async () => {
    await newBlocks(3);
    const watched = await signed("//Alice", 0);
    const first = await socket.result("author_submitAndWatchExtrinsic", watched);
    const other = await signed("//Bob", 0);
    const otherHash = (await socket.result("author_submitExtrinsic", other)) as string;
    await newBlocks(1);
    expect(await socket.result("dev_reorg", { depth: 1, drop: [otherHash] })).toMatchObject({ dropped: [otherHash] });
    await socket.event(first, has("retracted"));
    await socket.event(first, (event) => has("inBlock")(event) && event["inBlock"] === hashAt(head().number - 1));
    await socket.result("dev_reorg", { depth: 2, drop: true });
    await socket.event(first, (event) => String(event) === "dropped");
    const pending = await socket.result("author_pendingExtrinsics");
    for (const one of [watched, other]) expect(pending).not.toContain(one);
    expect(
      chain.node.chain
        .headState()
        .get(system.storage.Account, "0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48").nonce,
    ).toBe(0);
  });

  it("tells storage subscriptions what the other branch changed back", async () => {
    await newBlocks(3);
    const key = "0x26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac"; // System.Number
    const tempo = storageKey(subtensorModule.storage.Tempo, [1]);
    const values = await socket.result("state_subscribeStorage", [key, tempo]);
    await socket.event(values);
    await socket.result("dev_setStorage", { SubtensorModule: { Tempo: [[[1], 77]] } });
    expect((await socket.event(values))["changes"]).toContainEqual([tempo, "0x4d00"]);
    await socket.result("dev_reorg", {});
    const { block, changes } = await socket.event(values);
    expect(block).toBe(head().hash);
    expect((changes as [string, string][]).map(([one]) => one).sort()).toEqual([key, tempo].sort());
    expect(changes).not.toContainEqual([tempo, "0x4d00"]);
  });

  it("reorganises again and again, deeper too, and nothing final ever changes", async () => {
    await socket.result("dev_setFinality", { lag: 8 });
    await newBlocks(12);
    const final = new Map<number, string>();
    for (const depth of [1, 3, 2, 8, 5, 8]) {
      const { number } = chain.node.chain.finalized;
      final.set(number, hashAt(number));
      await socket.result("dev_reorg", { depth });
      for (const [at, hash] of final) expect(hashAt(at)).toBe(hash);
    }
    const seen = new Set<string>();
    for (let hash = head().hash; hash !== chain.node.chain.genesis.hash; ) {
      const header = (await socket.result("chain_getHeader", hash)) as { parentHash: string };
      expect(seen.has(hash)).toBe(false);
      seen.add(hash);
      hash = header.parentHash;
    }
    expect(seen.size).toBe(head().number);
  });

  it("is kept over a restart, whose blocks are all final", async () => {
    const stateDir = mkdtempSync(join(tmpdir(), "subnetkit-reorg-"));
    const first = await startTestChain({ mode: "manual", stateDir, finalityLag: 5 });
    await first.http("dev_newBlock", [{ count: 8 }]);
    const { result } = await first.http("dev_reorg", [{ depth: 3 }]);
    const { adopted } = result as { adopted: string[] };
    await first.http("dev_newBlock", [{ count: 2 }]);
    const { hash, number } = first.node.chain.head;
    await first.close();
    const second = await startTestChain({ mode: "manual", stateDir, finalityLag: 5 });
    expect(second.node.chain.hashAt(number)).toBe(hash);
    expect([7, 8, 9, 10].map((at) => second.node.chain.hashAt(at))).toEqual(adopted);
    expect((await second.http("archive_v1_finalizedHeight")).result).toBe(number);
    expect((await second.http("dev_reorg", [{ depth: 2 }])).error?.message).toContain("dev_setFinality");
    await second.close();
    rmSync(stateDir, { recursive: true });
  });

  it("leaves snapshots of replaced blocks unusable and says why", async () => {
    await newBlocks(5);
    await socket.result("dev_snapshot", { name: "lost" });
    const lost = head().hash;
    await socket.result("dev_reorg", { depth: 1 });
    for (const request of [socket.call("dev_revert", { name: "lost" }), socket.call("dev_setHead", lost)])
      expect((await request).error).toMatchObject({
        code: -32_000,
        message: expect.stringContaining("left the chain in a reorganisation"),
      });
    expect(await socket.result("dev_setHead", -1)).toBe(hashAt(head().number));
  });

  it("still puts back the transactions of blocks that dev_setHead left on the chain", async () => {
    await newBlocks(3);
    const remark = await signed("//Alice", 0);
    await socket.result("author_submitExtrinsic", remark);
    await newBlocks(3);
    expect(head().number).toBe(7);
    await socket.result("dev_setHead", 5);
    await socket.closed;
    socket = await connectRaw(chain.port);
    expect(await socket.result("dev_reorg", { depth: 1 })).toMatchObject({ pooled: [blake2AsHex(remark)] });
    expect(chain.node.chain.block(hashAt(5))?.body.map((bytes) => u8aToHex(bytes))).toContain(remark);
  });

  it.each([
    [{ depth: 4 }, -32_000, "dev_setFinality"],
    [{ depth: 0 }, -32_602, "depth"],
    [{ depth: "2" }, -32_602, "depth"],
    [{ depth: 1, drop: "yes" }, -32_602, "drop"],
    [{ depth: 1, drop: [`0x${"ab".repeat(32)}`] }, -32_602, "none of the last 1 blocks"],
  ])("refuses %j and changes nothing", async (request, code, hint) => {
    await newBlocks(8);
    const before = head().hash;
    const { error } = await socket.call("dev_reorg", request);
    expect(error?.code).toBe(code);
    expect(`${error?.message} ${error?.data ?? ""}`).toContain(hint);
    expect(head().hash).toBe(before);
  });

  it.each([[{}], [{ lag: -1 }], [{ lag: 1_001 }], [{ lag: "3" }]])("refuses the lag %j", async (request) => {
    const { error } = await socket.call("dev_setFinality", request);
    expect(error).toMatchObject({ code: -32_602, data: "lag must be a whole number from 0 to 1000" });
  });
});

describe("a stock polkadot.js client", () => {
  it("lives through a reorganisation: its transaction is retracted, in another block, and final", async () => {
    await newBlocks(5);
    const client = await connectApi(chain.port);
    api = client;
    const alice = new Keyring({ type: "sr25519" }).addFromUri("//Alice");
    const heads: number[] = [];
    await client.rpc.chain.subscribeNewHeads((header) => void heads.push(header.number.toNumber()));
    const statuses: string[] = [];
    const finished = new Promise<void>((resolve) => {
      void client.tx["balances"]
        ?.["transferKeepAlive"]?.(BOB, 1_000_000)
        .signAndSend(alice, { era: 0 }, ({ status }) => {
          statuses.push(status.type);
          if (status.isFinalized) resolve();
        });
    });
    await expect.poll(() => statuses).toContain("Broadcast");
    await newBlocks(1);
    await expect.poll(() => statuses).toContain("InBlock");
    await socket.result("dev_reorg", { depth: 1 });
    await expect.poll(() => statuses.filter((one) => one === "InBlock").length).toBe(2);
    await newBlocks(3);
    await finished;
    expect(statuses).toContain("Retracted");
    expect(statuses.at(-1)).toBe("Finalized");
    await expect.poll(() => heads.at(-1)).toBe(head().number);
    expect(client.isConnected).toBe(true);
  });
});
