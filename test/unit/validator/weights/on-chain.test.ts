import { fetchMetagraph } from "@subnetkit/chain/client/metagraph";
import { reorg } from "@subnetkit/chain/client/dev/head";
import { finalizedHead, subscribeFinalizedHeads } from "@subnetkit/chain/client/finalized-heads";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import type { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createWeightsLedger } from "../../../../validator/src/weights/ledger.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { client as redisClient } from "../support/state.ts";
import { type NetworkedWriter, startWeightsNetwork, type WeightsNetwork } from "../support/weights-network.ts";

let server: TestRedis;
let redis: Redis;
let network: WeightsNetwork;
beforeAll(async () => {
  server = await startTestRedis();
  redis = redisClient(server.port);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(async () => {
  network = await startWeightsNetwork(() => redis);
});
afterEach(() => network.close());

const expected = { uids: [1, 2], values: [65_535, 32_768] };
const miners = ["//Miner//0//hot", "//Miner//1//hot"].map((uri) => keypairFromUri(uri).address);
const types = ({ events }: NetworkedWriter) => events.map(({ type }) => type);
const has = (writer: NetworkedWriter, type: string) => () => types(writer).includes(type as never);
const ledgerOf = async ({ keys }: NetworkedWriter) => await createWeightsLedger(redis, keys).entries();
const devRpc = () => ({
  request: (method: string, params: readonly unknown[]) => network.subnet.chain.rpc(method, params),
});

describe("weights on the development chain", () => {
  it("are set directly where commit-reveal is off", async () => {
    await network.put({ CommitRevealWeightsEnabled: [[[network.netuid], false]] });
    const writer = await network.start();
    await network.runUntil("weights", has(writer, "weights.finalized"), writer);
    expect(await network.row()).toEqual(expected);
    expect((await ledgerOf(writer))[0]).toMatchObject({ state: "revealed", mode: "plain", attempts: 1 });
  });

  it("are committed timelocked, once in each tempo, and seen revealed", async () => {
    const writer = await network.start();
    await network.runUntil("a reveal", has(writer, "weights.revealed"), writer);
    expect(await network.row()).toEqual(expected);
    const first = (await ledgerOf(writer)).at(-1);
    expect(first).toMatchObject({ state: "revealed", mode: "timelocked", attempts: 1 });
    expect(types(writer)).not.toContain("weights.failed");
    expect(writer.failures).toEqual([]);
  });

  it("are committed as a hash and revealed in the epoch after, where the chain's version asks for it", async () => {
    await network.put({ CommitRevealWeightsVersion: 2 });
    const writer = await network.start();
    await network.runUntil("a commit", has(writer, "weights.finalized"), writer);
    expect(await network.commits()).toMatchObject([{ kind: "hash" }]);
    expect(await network.row()).toEqual({ uids: [], values: [] });
    await network.runUntil("a reveal", has(writer, "weights.revealed"), writer);
    expect(await network.row()).toEqual(expected);
    await network.run(40, writer);
    expect(types(writer)).not.toContain("weights.failed");
    expect((await ledgerOf(writer)).filter(({ state }) => state === "revealed").length).toBeGreaterThanOrEqual(2);
  });
});

describe("a hash commit", () => {
  beforeEach(() => network.put({ CommitRevealWeightsVersion: 2 }));

  it("is revealed by the process that comes after a crash", async () => {
    const first = await network.start();
    await network.runUntil("a commit", has(first, "weights.finalized"), first);
    const second = await network.start({ keys: first.keys });
    await network.runUntil("a reveal", has(second, "weights.revealed"), second);
    expect(await network.row()).toEqual(expected);
    expect(second.stops).toEqual([]);
  });

  it("is found again and revealed when the process died before it knew that the chain took it", async () => {
    const dying = await network.start({
      view: (chain) => ({
        ...chain,
        submit: async (prepared, options) => {
          await chain.submit(prepared, options);
          throw new Error("killed");
        },
      }),
    });
    await network.runUntil("the death", () => dying.failures.length > 0, dying);
    expect((await ledgerOf(dying))[0]).toMatchObject({ state: "submitted", mode: "hash" });
    const second = await network.start({ keys: dying.keys });
    await network.runUntil("a reveal", has(second, "weights.revealed"), second);
    expect(await network.row()).toEqual(expected);
    expect([second.stops, (await ledgerOf(dying)).at(-1)?.attempts]).toEqual([[], 1]);
  });

  it("that nobody revealed in its epoch is dropped, and said so", async () => {
    const first = await network.start();
    await network.runUntil("a commit", has(first, "weights.finalized"), first);
    await network.subnet.chain.nextEpoch(network.netuid, 2);
    const second = await network.start({ keys: first.keys });
    await network.run(1, second);
    expect(second.events[0]).toMatchObject({
      type: "weights.failed",
      reason: "the commit expired before it was revealed",
    });
    expect((await ledgerOf(first)).find(({ mode }) => mode === "hash")).toMatchObject({ state: "lost" });
    await network.runUntil("the next commit", has(second, "weights.finalized"), second);
  });

  it("is revealed together with others that are due", async () => {
    const writer = await network.start();
    const ledger = createWeightsLedger(redis, writer.keys);
    const epoch = await network.epoch();
    for (const [i, values] of [
      [0, [65_535, 1]],
      [1, [65_535, 2]],
    ] as const) {
      const weights = { uids: [1, 2], values };
      const salt = [i, 7];
      const prepared = await writer.chain.prepare({ mode: "hash", weights, versionKey: 1n, salt });
      const submission = await writer.chain.submit(prepared, {
        nonce: await writer.chain.nextNonce(),
        deadlineMs: 5_000,
        signal: new AbortController().signal,
        onSigned: () => Promise.resolve(),
      });
      if (submission.kind !== "included") throw new Error(submission.kind);
      await ledger.put({
        version: 1,
        // As when an attempt of the epoch before landed late.
        epoch: epoch - 1 + i,
        state: "effective",
        mode: "hash",
        uids: [1, 2],
        values: [...values],
        hotkeys: miners,
        basedOnRound: 1,
        intentBlock: submission.blockNumber - 1,
        attempts: 1,
        includedBlock: submission.blockNumber,
        txHashes: [submission.txHash],
        hashes: [prepared.commitHash ?? ""],
        salt,
        versionKey: "1",
        commitEpoch: epoch,
      });
    }
    const after = await network.start({ keys: writer.keys });
    await network.runUntil("a reveal", has(after, "weights.revealed"), after);
    expect(await network.row()).toEqual({ uids: [1, 2], values: [65_535, 2] });
    expect((await network.commits()).filter((one) => one.epoch === epoch)).toEqual([]);
  });
});

describe("a uid that changes hands after its weights were committed", () => {
  const newcomer = keypairFromUri("//Miner//2//hot");

  /** The newcomer takes the uid of a miner. */
  async function recycle(): Promise<void> {
    const { netuid, subnet } = network;
    await network.put({
      MaxAllowedUids: [[[netuid], 3]],
      ImmunityPeriod: [[[netuid], 0]],
      MinNonImmuneUids: [[[netuid], 0]],
    });
    await subnet.register(newcomer);
  }

  it.each([
    ["timelocked", 4],
    ["as a hash", 2],
  ])("gets nothing of its predecessor's: others are committed in the same tempo (%s)", async (_mode, version) => {
    await network.put({ CommitRevealWeightsVersion: version });
    const writer = await network.start();
    await network.runUntil("a commit", has(writer, "weights.finalized"), writer);
    const [first] = await ledgerOf(writer);
    await recycle();
    const { neurons } = await fetchMetagraph(network.client, network.netuid);
    const stay = neurons.flatMap(({ uid, hotkey }) => (miners.includes(hotkey) ? [uid] : []));
    await network.runUntil("a reveal", has(writer, "weights.revealed"), writer);
    const { uids } = await network.row();
    expect([first?.uids, stay.length, uids]).toEqual([[1, 2], 1, stay]);
    const entry = (await ledgerOf(writer)).find(({ epoch }) => epoch === first?.epoch);
    expect(entry).toMatchObject({ state: "revealed", attempts: 2, replacedBlocks: [first?.includedBlock] });
    if (version === 4) expect(BigInt(entry?.revealRound ?? 0)).toBeGreaterThanOrEqual(BigInt(first?.revealRound ?? 0));
    await network.run(20, writer);
    expect((await network.row()).uids).toEqual(uids);
    expect([types(writer).includes("weights.failed"), writer.stops, writer.failures]).toEqual([false, [], []]);
  });
});

describe("a reorganisation", () => {
  it("is never seen by who follows final heads", async () => {
    await network.lag(3);
    const seen: number[] = [];
    const { client, subnet } = network;
    const unsubscribe = await subscribeFinalizedHeads(client, ({ number }) => seen.push(number));
    await network.run(4);
    await reorg(devRpc(), { depth: 3, drop: true });
    await network.run(3);
    const head = subnet.chain.node.chain.head.number;
    await expect.poll(() => seen.at(-1)).toBe(head - 3);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(await finalizedHead(client)).toMatchObject({ number: head - 3 });
    unsubscribe();
  });

  it("that drops the commit leads to a new one in the same tempo, and to one only", async () => {
    await network.lag(6);
    const writer = await network.start();
    await network.runUntil("a submission", has(writer, "weights.submitted"), writer);
    const epoch = await network.epoch();
    expect(await network.commits()).toMatchObject([{ epoch }]);
    const [before] = await ledgerOf(writer);
    expect(before).toMatchObject({ state: "included", epoch });
    await reorg(devRpc(), { depth: 1, drop: true });
    expect(await network.commits()).toEqual([]);
    await network.runUntil("a commit that stays", has(writer, "weights.finalized"), writer);
    const commits = (await network.commits()).filter((one) => one.epoch === epoch);
    expect(commits).toHaveLength(1);
    expect(before?.hashes).not.toContain(commits[0]?.hash);
    expect((await ledgerOf(writer)).find((entry) => entry.epoch === epoch)).toMatchObject({
      state: "effective",
      attempts: 2,
      // What left the chain is no block of ours.
      replacedBlocks: [],
    });
    // Both attempts had the same nonce: the chain could not have taken both.
    const { hash } = network.subnet.chain.node.chain.head;
    expect([writer.stops, (await writer.chain.standing(hash)).nonce]).toEqual([[], 1]);
  });

  it("that puts the commit into another block changes nothing", async () => {
    await network.lag(6);
    const writer = await network.start();
    await network.runUntil("a submission", has(writer, "weights.submitted"), writer);
    const epoch = await network.epoch();
    await network.run(1, writer);
    await reorg(devRpc(), { depth: 2 });
    await network.runUntil("a commit that stays", has(writer, "weights.finalized"), writer);
    expect((await network.commits()).filter((one) => one.epoch === epoch)).toHaveLength(1);
    expect(types(writer)).toEqual(["weights.submitted", "weights.finalized"]);
    expect((await ledgerOf(writer)).find((entry) => entry.epoch === epoch)).toMatchObject({ attempts: 1 });
  });
});

describe("a submission that stays in the pool", () => {
  it("is made again with the same nonce, which the pool refuses (1014), and lands once", async () => {
    const writer = await network.start();
    const { chain } = network.subnet;
    await chain.rpc("dev_setBlockBuildMode", ["manual"]);
    const emptyBlocks = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        await chain.rpc("dev_newBlock", [{ transactions: [] }]);
        await network.show(writer);
      }
    };
    for (let i = 0; i < 30 && !has(writer, "weights.submitted")(); i++) await emptyBlocks(1);
    await emptyBlocks(6);
    const attempts = writer.events.filter(({ type }) => type === "weights.submitted").length;
    expect([attempts, chain.waiting()]).toEqual([2, 1]);
    await network.run(2, writer);
    const [entry] = await ledgerOf(writer);
    expect(entry).toMatchObject({ state: "effective", attempts: 2 });
    expect((await writer.chain.standing(chain.node.chain.head.hash)).nonce).toBe(1);
  });
});

describe("two validators on one hotkey", () => {
  it("that start together on a fresh hotkey: exactly one goes on", async () => {
    const both = [await network.start(), await network.start()];
    await network.run(70, ...both);
    const going = both.filter(({ stops }) => stops.length === 0);
    expect(going).toHaveLength(1);
    expect(both.flatMap(({ stops }) => stops)).toMatchObject([{ code: "E_VALIDATOR_DOPPELGANGER" }]);
    const finalized = going[0]?.events.filter(({ type }) => type === "weights.finalized");
    expect(finalized?.length).toBeGreaterThanOrEqual(3);
  });

  it("the second one of which starts later: it sees the first and stops before it sends anything", async () => {
    const first = await network.start();
    await network.runUntil("weights", has(first, "weights.finalized"), first);
    const second = await network.start();
    await network.run(1, first, second);
    expect(second.writer.view()).toMatchObject({ waitingFor: "a quiet tempo" });
    await network.runUntil("the second to stop", () => second.stops.length > 0, first, second);
    expect([types(second), first.stops]).toEqual([[], []]);
    const before = first.events.length;
    await network.run(40, first, second);
    expect(first.events.length).toBeGreaterThan(before);
  });

  it("the second one of which takes over: the first stops, and no tempo is missed", async () => {
    const first = await network.start();
    await network.runUntil("weights", has(first, "weights.finalized"), first);
    const second = await network.start({ takeOver: true });
    await network.runUntil("the first to stop", () => first.stops.length > 0, first, second);
    await network.run(40, first, second);
    expect(second.stops).toEqual([]);
    expect(second.events.filter(({ type }) => type === "weights.finalized").length).toBeGreaterThanOrEqual(2);
  });

  it("the first one of which lost its ledger and is gone: a quiet tempo, then weights", async () => {
    const first = await network.start();
    await network.runUntil("weights", has(first, "weights.finalized"), first);
    const second = await network.start();
    await network.run(18, second);
    expect([types(second), second.writer.view().waitingFor]).toEqual([[], "a quiet tempo"]);
    await network.runUntil("weights", has(second, "weights.finalized"), second);
    expect(second.stops).toEqual([]);
  });
});
