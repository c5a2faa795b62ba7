import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRedis, producerOptions } from "../../validator/src/queue/connection.ts";
import { checkRedis } from "../../validator/src/queue/redis-checks.ts";
import { parseRedisUrl } from "../../validator/src/queue/redis-url.ts";
import { createStores } from "../../validator/src/store/open-stores.ts";
import { createReplicate } from "../../validator/src/store/replicate.ts";
import { type NoopRounds, runNoopRounds } from "../support/noop-rounds.ts";
import { until } from "../support/until.ts";
import { planOf, scoreOf, summaryOf } from "../unit/validator/support/plan.ts";
import { createServers, type Servers, startCluster, startSentinelSet } from "./servers.ts";

let servers: Servers;
beforeAll(async () => {
  servers = await createServers();
});
afterAll(() => servers.stop());

/** Miners of every round; two chunks. */
const hotkeys = Array.from({ length: 40 }, (_, i) => `hotkey-${i}`);
const runRounds = (url: string, prefix: string): Promise<NoopRounds> =>
  runNoopRounds({ url, prefix, hotkeys, replicated: true });

/** Waits for more rounds to be counted than now. */
async function more(running: NoopRounds, rounds: number): Promise<void> {
  const goal = running.told.length + rounds;
  await until(`${rounds} more rounds`, () => running.told.length >= goal, 40_000);
}

/** What must hold whatever was killed: what a worker was told is counted is counted, once, in order, and in everybody's average. */
async function expectExact(running: NoopRounds): Promise<void> {
  const { told } = running;
  const { counted, averages, expected } = await running.finish();
  expect([...told].filter((round) => !counted.includes(round))).toEqual([]);
  expect(counted).toEqual([...new Set(counted)].sort((a, b) => a - b));
  expect(averages).toEqual(hotkeys.map(() => expected));
}

describe("three sentinels, a master and two replicas", () => {
  it("are checked at the master, and waited for", async () => {
    const { url } = await startSentinelSet(servers);
    expect(await checkRedis(parseRedisUrl(url))).toMatchObject({ replicated: true, warnings: [] });
  });

  it("lose no counted round and count none twice when the master is killed", async () => {
    const { url, master } = await startSentinelSet(servers);
    const running = await runRounds(url, "{val:sentinel-kill}");
    await more(running, 20);
    await servers.kill(master);
    await more(running, 20);
    await expectExact(running);
  });

  it("nor when it hangs, is replaced, and comes back believing that it still is the master", async () => {
    const { url, master } = await startSentinelSet(servers);
    const running = await runRounds(url, "{val:sentinel-hang}");
    await more(running, 20);
    servers.freeze(master);
    await more(running, 10);
    servers.thaw(master);
    await more(running, 20);
    await expectExact(running);
  });
});

describe("a cluster of three masters with a replica each", () => {
  it("is checked at every master, and takes all keys of a validator in one slot", async () => {
    const { url } = await startCluster(servers);
    expect(await checkRedis(parseRedisUrl(url))).toMatchObject({ replicated: true, warnings: [] });
  });

  it("loses no counted round and counts none twice when the master with our keys is killed and comes back as a replica", async () => {
    const { url, ownerOf } = await startCluster(servers);
    const running = await runRounds(url, "{val:cluster-kill}");
    await more(running, 20);
    const findOwner = () => ownerOf("{val:cluster-kill}:s:2:last");
    const owner = await until("the owner", findOwner);
    await servers.kill(owner);
    // Its replica takes over and has none itself: nothing counts until the killed one is back.
    await until("another owner", findOwner, 20_000);
    await servers.restart(owner);
    await more(running, 20);
    await expectExact(running);
  });
});

describe("a master whose replica hangs", () => {
  it("has a round counted only once the replica has it too, by settling it again", async () => {
    const master = await servers.start("--repl-diskless-sync-delay", "0");
    const replica = await servers.start("--replicaof", "127.0.0.1", String(master));
    await until("a replica that follows", async () =>
      (await servers.client(replica).info("replication")).includes("master_link_status:up"),
    );
    const address = parseRedisUrl(`redis://127.0.0.1:${master}`);
    expect((await checkRedis(address)).warnings).toEqual([expect.stringContaining("min-replicas-to-write")]);
    const redis = openRedis(producerOptions(address), () => undefined);
    const stores = createStores({ prefix: "{val:short}", netuid: 2 }, { redis, replicate: createReplicate(redis) });
    const plan = planOf(1, ["a"]);
    await stores.rounds.pin(plan);
    const settle = () => stores.rounds.settle(plan, [scoreOf("a", 1)], summaryOf(1));
    servers.freeze(replica);
    await expect(settle()).rejects.toMatchObject({ code: "E_REDIS_NOT_REPLICATED", consequence: "retry" });
    servers.thaw(replica);
    await until("the replica", () => settle().catch(() => undefined));
    expect(await settle()).toBe("already");
    expect((await stores.scores.standings()).get("a")?.ema).toBe(0.5);
    redis.disconnect();
  });
});
