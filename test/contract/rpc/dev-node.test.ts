/** Blocks on request, history, the pool and the log of requests, through a real socket. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Keyring } from "@polkadot/keyring";
import { blake2AsHex, cryptoWaitReady } from "@polkadot/util-crypto";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RpcLog } from "../../../chain/src/node/rpc/rpc-log.ts";
import { connectApi, startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { connectRaw, type RawSocket } from "./raw-socket.ts";

let chain: TestChain;
let socket: RawSocket;

beforeAll(() => cryptoWaitReady());
beforeEach(async () => {
  chain = await startTestChain({ mode: "manual", history: 64 });
  socket = await connectRaw(chain.port);
});
afterEach(async () => {
  socket.close();
  await chain.close();
  expect(chain.faults).toEqual([]);
});

const head = (): { hash: string; number: number } => chain.node.chain.head;

/** Signed remarks of //Alice with these nonces. */
async function remarks(...nonces: number[]): Promise<string[]> {
  const api = await connectApi(chain.port);
  const alice = new Keyring({ type: "sr25519" }).addFromUri("//Alice");
  const made: string[] = [];
  for (const nonce of nonces)
    made.push((await api.tx["system"]?.["remark"]?.("0x01").signAsync(alice, { nonce, era: 0 }))?.toHex() ?? "");
  await api.disconnect();
  return made;
}
const bodyOf = async (hash: string): Promise<string[]> =>
  ((await socket.result("chain_getBlock", hash)) as { block: { extrinsics: string[] } }).block.extrinsics;

describe("dev_newBlock", () => {
  it("makes blocks by count and up to a height, at least one, as chopsticks does", async () => {
    expect(await socket.result("dev_newBlock", { count: 3 })).toBe(head().hash);
    expect(head().number).toBe(4);
    await socket.result("dev_newBlock", { to: 9 });
    expect(head().number).toBe(9);
    await socket.result("dev_newBlock", { to: 5 });
    expect(head().number).toBe(10);
    await socket.result("dev_newBlock", { count: 5, to: 12 });
    expect(head().number).toBe(12);
    await socket.result("dev_newBlock");
    expect(head().number).toBe(13);
  });

  it("makes a block of exactly these transactions, the pool's apart, and none when one of them is not valid", async () => {
    const [first = "", second = "", third = "", fifth = ""] = await remarks(0, 1, 2, 4);
    const pooled = await socket.result("author_submitExtrinsic", first);
    await socket.result("dev_newBlock", { transactions: [first, second] });
    expect((await bodyOf(head().hash)).filter((one) => one === first || one === second)).toEqual([first, second]);
    expect(pooled).toBe(blake2AsHex(first));
    expect(await socket.result("author_pendingExtrinsics")).not.toContain(first);
    const before = head().hash;
    for (const [transactions, data] of [
      [[third, first], "transactions[1]: Transaction is outdated"],
      [[third, fifth], "transactions[1]: Transaction will be valid in the future"],
    ])
      expect((await socket.call("dev_newBlock", { transactions })).error).toMatchObject({ code: 1_010, data });
    expect((await socket.call("dev_newBlock", { transactions: ["0x1234"] })).error?.data).toContain("transactions[0]");
    expect(head().hash).toBe(before);
    await socket.result("dev_newBlock", { transactions: [] });
    expect(head().hash).not.toBe(before);
  });

  it("goes on from a height that was jumped to, in memory and after a restart", async () => {
    const stateDir = mkdtempSync(join(tmpdir(), "subnetkit-jump-"));
    const first = await startTestChain({ mode: "manual", stateDir });
    await first.http("dev_newBlock", [{ count: 3 }]);
    await first.http("dev_newBlock", [{ count: 2, unsafeBlockHeight: 1_000 }]);
    expect(first.node.chain.head.number).toBe(1_001);
    expect((await first.http("chain_getBlockHash", [500])).result).toBeNull();
    expect((await first.http("chain_getHeader", [first.node.chain.hashAt(1_000)])).result).toMatchObject({
      parentHash: first.node.chain.hashAt(4),
    });
    await first.http("dev_newBlock", [{ unsafeBlockHeight: 100_000_001 }]);
    await first.http("dev_newBlock", [{ count: 3 }]);
    const { hash } = first.node.chain.head;
    await first.close();
    expect(first.faults).toEqual([]);
    const second = await startTestChain({ mode: "manual", stateDir });
    expect(second.node.chain.hashAt(100_000_004)).toBe(hash);
    await second.close();
    rmSync(stateDir, { recursive: true });
  });

  it("lets the chain answer while it makes many blocks", async () => {
    const done = socket.result("dev_newBlock", { count: 300 });
    const other = await connectRaw(chain.port);
    const { block } = (await other.result("dev_info")) as { block: number };
    expect(block).toBeLessThan(300);
    await done;
    expect(head().number).toBe(301);
    other.close();
  });

  it.each([
    [{ count: 0 }, "count must be"],
    [{ count: 1_000_001 }, "count must be"],
    [{ to: "9" }, "to must be"],
    [{ unsafeBlockHeight: 1 }, "unsafeBlockHeight must be"],
    [{ transactions: "0x" }, "transactions must be"],
    [{ transactions: [1] }, "transactions[0] must be"],
    [{ hrmp: {} }, "not hrmp"],
  ])("refuses %j", async (request, hint) => {
    const { error } = await socket.call("dev_newBlock", request);
    expect(error?.code).toBe(-32_602);
    expect(error?.data).toContain(hint);
    expect(head().number).toBe(1);
  });
});

describe("history", () => {
  it("answers for a pruned block with the real node's error and the name of the flag, by hash and by number", async () => {
    await socket.result("dev_newBlock", { count: 5 });
    const old = head().hash;
    await socket.result("dev_newBlock", { count: 70 });
    for (const [method, ...params] of [
      ["state_getStorage", "0x3a636f6465", old],
      ["state_getMetadata", old],
      ["state_call", "Core_version", "0x", old],
      ["state_getKeysPaged", "0x", 5, null, old],
    ] as [string, ...unknown[]][]) {
      const { error } = await socket.call(method, ...params);
      expect(error?.code).toBe(4_003);
      expect(error?.message).toContain(`State already discarded for ${old}`);
      expect(error?.message).toContain("--history");
    }
    for (const block of [old, 5]) {
      const { error } = await socket.call("dev_traceBlock", { block });
      expect(error?.message).toContain("--history");
    }
    const never = `0x${"ab".repeat(32)}`;
    expect((await socket.call("state_getStorage", "0x00", never)).error?.message).toContain("Header was not found");
  });

  it("keeps more or fewer blocks from now on", async () => {
    await socket.result("dev_setHistory", { blocks: 100 });
    await socket.result("dev_newBlock", { count: 119 });
    expect(await socket.result("dev_info")).toMatchObject({ block: 120, history: 100, oldestState: 20 });
    expect(await socket.result("dev_setHistory", { blocks: 64 })).toEqual({ history: 64, oldestState: 56 });
    expect(await socket.result("chain_getBlockHash", 55)).toBeNull();
    expect((await socket.call("dev_setHistory", { blocks: 63 })).error).toMatchObject({
      code: -32_602,
      data: "blocks must be a whole number from 64 to 100000",
    });
  });

  it("never drops a block that is not final", async () => {
    await socket.result("dev_setFinality", { lag: 80 });
    await socket.result("dev_newBlock", { count: 99 });
    expect(await socket.result("dev_info")).toMatchObject({ block: 100, finalized: 20, oldestState: 20 });
    expect(await socket.result("dev_reorg", { depth: 80 })).toMatchObject({ block: 101 });
    expect(await socket.result("chain_getFinalizedHead")).toBe(chain.node.chain.hashAt(21));
  });
});

describe("dev_dropExtrinsic", () => {
  it("takes a transaction out of the pool and tells its watcher", async () => {
    const [only = ""] = await remarks(0);
    const watched = await socket.result("author_submitAndWatchExtrinsic", only);
    const hash = blake2AsHex(only);
    expect(await socket.result("dev_dropExtrinsic", { hash })).toEqual({ hash });
    expect(await socket.event(watched, (event) => String(event) === "dropped")).toBe("dropped");
    expect(await socket.result("author_pendingExtrinsics")).not.toContain(only);
    const again = (await socket.call("dev_dropExtrinsic", { hash })).error;
    expect(again?.code).toBe(-32_000);
    expect(again?.message).toContain("author_pendingExtrinsics");
    expect((await socket.call("dev_dropExtrinsic", { hash: "0x12" })).error?.code).toBe(-32_602);
  });
});

describe("dev_setLogging", () => {
  /** A log that keeps its lines. */
  function recorder() {
    const lines: unknown[] = [];
    const info = (fields: unknown, text: string): void => void lines.push([fields, text]);
    return { lines, log: new RpcLog({ info } as never) };
  }

  it("logs the calls that fit, equal ones folded, one line per block", () => {
    const { lines, log } = recorder();
    log.note("state_getStorage");
    log.configure("state_*,chain_getHeader");
    log.endBlock(7);
    for (let i = 0; i < 41; i++) log.note("state_getStorage");
    log.note("chain_getHeader");
    log.note("chain_getHead");
    log.note("system_health");
    log.endBlock(8);
    log.endBlock(9);
    log.configure(undefined);
    log.note("state_getStorage");
    log.endBlock(10);
    expect(lines).toEqual([[{ block: 7, calls: "state_getStorage x41, chain_getHeader" }, "rpc"]]);
  });

  it("is switched over RPC, and refuses what is no filter", async () => {
    expect(await socket.result("dev_setLogging", { rpc: true, filter: "state_*" })).toEqual({
      rpc: true,
      filter: "state_*",
    });
    expect(await socket.result("dev_setLogging", { rpc: true })).toEqual({ rpc: true, filter: "*" });
    expect(await socket.result("dev_setLogging", { rpc: false })).toEqual({ rpc: false, filter: null });
    for (const request of [{}, { rpc: "yes" }, { rpc: true, filter: "(" }, { rpc: true, filter: 1 }])
      expect((await socket.call("dev_setLogging", request)).error?.code).toBe(-32_602);
  });
});

it("lists every verb in rpc_methods", async () => {
  const { methods } = (await socket.result("rpc_methods")) as { methods: string[] };
  expect(methods).toEqual(
    expect.arrayContaining(
      ["setFinality", "reorg", "newBlock", "nextEpoch", "dryRun", "traceBlock", "diff", "decode"]
        .concat(["upgradeRuntime", "dropExtrinsic", "setHistory", "setLogging"])
        .map((name) => `dev_${name}`),
    ),
  );
});
