/** The development verbs in raw frames: names and arguments as chopsticks has them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { subtensorModule } from "../../../chain/src/spec/pallets/subtensor-module.ts";
import { system } from "../../../chain/src/spec/pallets/system.ts";
import { balances } from "../../../chain/src/spec/pallets/balances.ts";
import { connectRaw, type RawSocket } from "./raw-socket.ts";

const BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
const BOB_KEY = "0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48";

let chain: TestChain;
let socket: RawSocket;

beforeEach(async () => {
  chain = await startTestChain({ mode: "manual" });
  socket = await connectRaw(chain.port);
});
afterEach(async () => {
  socket.close();
  await chain.close();
  expect(chain.faults).toEqual([]);
});

const head = (): { hash: string; number: number } => chain.node.chain.head;
const tempo = (): number => chain.node.chain.headState().get(subtensorModule.storage.Tempo, 1);

describe("dev_setStorage", () => {
  it("writes values by pallet and item in a block of their own, the old block's state untouched", async () => {
    const before = head();
    const was = tempo();
    const hash = await socket.result("dev_setStorage", {
      SubtensorModule: { Tempo: [[[1], 77]] },
      System: { Account: [[[BOB], { providers: 1, data: { free: "5000000000" } }]] },
      Sudo: { Key: BOB },
    });
    expect(hash).toBe(head().hash);
    expect(head().number).toBe(before.number + 1);
    expect(tempo()).toBe(77);
    expect(chain.node.chain.headState().get(system.storage.Account, BOB_KEY)).toMatchObject({
      nonce: 0,
      data: { free: 5_000_000_000n, reserved: 0n },
    });
    const at = (block: string): Promise<unknown> =>
      socket.result("state_call", "SubnetInfoRuntimeApi_get_subnet_hyperparams_v2", "0x0100", block);
    expect(await at(before.hash)).not.toBe(await at(head().hash));
    await socket.result("dev_setStorage", { SubtensorModule: { Tempo: [[[1], null]] } });
    expect(tempo()).not.toBe(77);
    expect(was).not.toBe(77);
  });

  it("takes raw pairs and clears whole items", async () => {
    await socket.result("dev_setStorage", [["0xdeadbeef", "0x01"]]);
    expect(await socket.result("state_getStorage", "0xdeadbeef")).toBe("0x01");
    await socket.result("dev_setStorage", [["0xdeadbeef", null]]);
    expect(await socket.result("state_getStorage", "0xdeadbeef")).toBeNull();
    await socket.result("dev_setStorage", { SubtensorModule: { $removePrefix: ["NetworksAdded"] } });
    expect([...chain.node.chain.headState().iterate(subtensorModule.storage.NetworksAdded)]).toEqual([]);
  });

  it.each([
    [{ Nothing: {} }],
    [{ SubtensorModule: { Nothing: 1 } }],
    [{ SubtensorModule: { constructor: 1 } }],
    [{ SubtensorModule: { Tempo: 5 } }],
    [{ SubtensorModule: { Tempo: [[[1, 2], 5]] } }],
    [{ SubtensorModule: { Tempo: [[[1], 65_536]] } }],
    [{ SubtensorModule: { Tempo: [[[1], "five"]] } }],
    [{ SubtensorModule: { NetworksAdded: [[[1], 1]] } }],
    [{ System: { Account: [[[BOB], { data: { fre: 1 } }]] } }],
    [{ System: { Account: [[["nobody"], { nonce: 1 }]] } }],
    [[["0x1", "0x01"]]],
    ["0x"],
  ])("refuses the wrong shape %j and makes no block", async (storage) => {
    const before = head().hash;
    expect((await socket.call("dev_setStorage", storage)).error?.code).toBe(-32_602);
    expect(head().hash).toBe(before);
  });
});

describe("dev_setBalance", () => {
  it("sets a free balance and keeps the issuance in step", async () => {
    const read = (): bigint[] => {
      const state = chain.node.chain.headState();
      return [state.get(system.storage.Account, BOB_KEY).data.free, state.get(balances.storage.TotalIssuance)];
    };
    const [free = 0n, total = 0n] = read();
    await socket.result("dev_setBalance", BOB, String(free + 1_000n));
    const [, issued = 0n] = read();
    expect(read()[0]).toBe(free + 1_000n);
    expect(issued - total).toBeGreaterThanOrEqual(1_000n);
    expect((await socket.call("dev_setBalance", BOB, -1)).error?.code).toBe(-32_602);
    expect((await socket.call("dev_setBalance", BOB, "99999999999999999999")).error?.code).toBe(-32_000);
  });
});

describe("modes and time", () => {
  it("changes how blocks are made while the chain runs", async () => {
    const heads = await socket.result("chain_subscribeNewHeads");
    await socket.event(heads);
    await socket.result("dev_setInterval", 10);
    await socket.event(heads);
    await socket.event(heads);
    await socket.result("dev_setBlockBuildMode", "Manual");
    expect(await socket.result("dev_info")).toMatchObject({ mode: "manual", blockMs: 10 });
    await socket.result("dev_setBlockBuildMode", "Instant");
    expect(await socket.result("dev_info")).toMatchObject({ mode: "instant" });
    expect((await socket.call("dev_setBlockBuildMode", "Sometimes")).error?.code).toBe(-32_602);
  });

  it("moves only the time, or makes the blocks that time takes", async () => {
    const time = async (): Promise<number> =>
      ((await socket.result("dev_info")) as { timestampMs: number }).timestampMs;
    const start = await time();
    expect(await socket.result("dev_timeTravel", start + 86_400_000)).toBe(start + 86_400_000);
    await socket.result("dev_newBlock");
    expect(await time()).toBeGreaterThanOrEqual(start + 86_400_000);
    expect((await socket.call("dev_timeTravel", start)).error?.code).toBe(-32_000);
    expect((await socket.call("dev_timeTravel", "tomorrow")).error?.code).toBe(-32_602);
    const { number } = head();
    const target = (await time()) + 5_000;
    expect(await socket.result("dev_timeTravel", target, { blocks: true })).toBeGreaterThanOrEqual(target);
    expect(head().number).toBeGreaterThan(number);
    expect(head().number - number).toBeLessThanOrEqual(20);
  });
});

describe("going back below a final block", () => {
  it("stops every follow, closes every connection, and never gives a hash another content", async () => {
    const snapshot = await socket.result("dev_snapshot", { name: "start" });
    const before = tempo();
    const old = head();
    await socket.result("dev_setStorage", { SubtensorModule: { Tempo: [[[1], 77]] } });
    await socket.result("dev_newBlock", { count: 3 });
    const lost = head().hash;
    const other = await connectRaw(chain.port);
    const follow = await other.result("chainHead_v1_follow", true);
    await other.event(follow, ({ event }) => event === "bestBlockChanged");
    expect(await socket.result("dev_revert", { name: "start" })).toEqual(snapshot);
    await other.event(follow, ({ event }) => event === "stop");
    expect([await other.closed, await socket.closed]).toEqual([1012, 1012]);
    expect(other.frames.at(-1)?.params?.result).toEqual({ event: "stop" });

    socket = await connectRaw(chain.port);
    expect(await socket.result("chain_getFinalizedHead")).toBe(old.hash);
    expect(await socket.result("chain_getHeader", lost)).toBeNull();
    expect((await socket.call("state_getStorage", "0x00", lost)).error?.code).toBe(4_003);
    expect(tempo()).toBe(before);
    await socket.result("dev_newBlock", { count: 5 });
    expect(tempo()).toBe(before);
    expect(await socket.result("archive_v1_hashByHeight", old.number + 4)).not.toEqual([lost]);
  });

  it("goes to a block by number, by how far back, or by hash, and drops later snapshots", async () => {
    await socket.result("dev_newBlock", { count: 6 });
    await socket.result("dev_snapshot", { name: "late" });
    const fourth = chain.node.chain.hashAt(4);
    expect(await socket.result("dev_setHead", -3)).toBe(fourth);
    await socket.closed;
    socket = await connectRaw(chain.port);
    expect(await socket.result("dev_snapshots")).toEqual([]);
    expect((await socket.call("dev_revert", { name: "late" })).error?.code).toBe(-32_000);
    expect((await socket.call("dev_setHead", 1_000)).error?.code).toBe(-32_000);
    expect(await socket.result("dev_setHead", 2)).toBe(chain.node.chain.hashAt(2));
  });

  it("comes back after a restart where it was taken back to, and goes on from there", async () => {
    const stateDir = mkdtempSync(join(tmpdir(), "subnetkit-head-"));
    const first = await startTestChain({ mode: "manual", stateDir });
    await first.http("dev_newBlock", [{ count: 9 }]);
    const fourth = first.node.chain.hashAt(4);
    expect((await first.http("dev_setHead", [4])).result).toBe(fourth);
    await first.http("dev_newBlock", [{ count: 2 }]);
    const hash = first.node.chain.head.hash;
    await first.close();
    const second = await startTestChain({ mode: "manual", stateDir });
    expect(second.node.chain.hashAt(6)).toBe(hash);
    expect(second.node.chain.hashAt(4)).toBe(fourth);
    await second.close();
    rmSync(stateDir, { recursive: true });
  });
});
