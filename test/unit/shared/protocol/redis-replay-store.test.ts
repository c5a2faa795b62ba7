import { openRedisReplayStore } from "@subnetkit/shared/protocol/redis-replay-store";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";

let server: TestRedis;
let redis: Redis;
beforeAll(async () => {
  server = await startTestRedis();
  redis = new Redis(server.url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  redis.on("error", () => undefined);
}, 60_000);
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(async () => {
  await redis.flushall();
});

const ms = 1_000_000n;
const options = { prefix: "t", maxAgeMs: 10_000 };
/** A request signed so many milliseconds after the store's floor. */
const used = (floorNs: bigint, afterMs: number, replayId = "1", hotkey = "a") => ({
  hotkey,
  replayId,
  issuedNs: floorNs + BigInt(afterMs) * ms,
});

describe("openRedisReplayStore", () => {
  it("admits every request once, also when two processes are asked at the same time", async () => {
    const one = await openRedisReplayStore(redis, options);
    const two = await openRedisReplayStore(redis, options);
    expect(two.floorNs()).toBe(one.floorNs());
    const claims = await Promise.all(
      Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? one : two).claim(used(one.floorNs(), 1, String(i >> 1)))),
    );
    expect(claims.filter(Boolean)).toHaveLength(20);
  });

  it("knows after a restart of the miner what was used before, and refuses nothing that was not", async () => {
    const before = await openRedisReplayStore(redis, options);
    expect(await before.claim(used(before.floorNs(), 1))).toBe(true);
    const after = await openRedisReplayStore(redis, options);
    expect(await after.claim(used(before.floorNs(), 1))).toBe(false);
    expect(await after.claim(used(before.floorNs(), 1, "2"))).toBe(true);
  });

  it("assumes the worst when its data is gone: what was signed until then, and two seconds more, is refused", async () => {
    const store = await openRedisReplayStore(redis, options);
    const request = used(store.floorNs(), 1);
    expect(await store.claim(request)).toBe(true);
    await redis.flushall();
    // What it claimed itself it knows without Redis; the loss it notices with the next request that it does not know.
    expect(await store.claim(request)).toBe(false);
    const next = used(store.floorNs(), 1, "next");
    expect(await store.claim(next)).toBe(false);
    expect(store.floorNs()).toBeGreaterThanOrEqual(next.issuedNs);
    expect(await (await openRedisReplayStore(redis, options)).claim(request)).toBe(false);
    expect(await store.claim(used(store.floorNs(), 1, "later"))).toBe(true);
  });

  it("trusts a Redis that crashed and loses nothing, and not one that may have", async () => {
    const store = await openRedisReplayStore(redis, options);
    const floor = store.floorNs();
    expect(await store.claim(used(floor, 1))).toBe(true);
    await server.crash();
    await store.check();
    expect(store.floorNs()).toBe(floor);
    expect(await store.claim(used(floor, 1))).toBe(false);

    await redis.config("SET", "appendfsync", "everysec");
    await redis.set("t:since", `another-run ${floor}`);
    await store.check();
    expect(store.floorNs()).toBeGreaterThan(floor);
    await redis.config("SET", "appendfsync", "always");
  }, 30_000);

  it("is no store where Redis evicts, and assumes the worst when that is over", async () => {
    const store = await openRedisReplayStore(redis, options);
    const request = used(store.floorNs(), 1);
    expect(await store.claim(request)).toBe(true);
    await redis.config("SET", "maxmemory-policy", "volatile-lru");
    try {
      const evicts = expect.objectContaining({ code: "E_REDIS_EVICTS" }) as unknown;
      await expect(openRedisReplayStore(redis, options)).rejects.toEqual(evicts);
      await expect(store.check()).rejects.toEqual(evicts);
      await expect(store.claim(used(store.floorNs(), 2, "2"))).rejects.toEqual(evicts);
    } finally {
      await redis.config("SET", "maxmemory-policy", "noeviction");
    }
    // As Redis may have done meanwhile.
    await redis.del("t:a:1");
    await store.check();
    expect(await store.claim(request)).toBe(false);
    expect(await store.claim(used(store.floorNs(), 1, "later"))).toBe(true);
  });

  it("does not trust a server that took over from another, which may not have told it everything", async () => {
    const store = await openRedisReplayStore(redis, options);
    const floor = store.floorNs();
    await redis.set("t:since", `another-run ${floor}`);
    const info = await redis.info();
    expect(info).toMatch(/^master_replid2:0+\r$/m);
    const promoted = Object.assign(Object.create(redis) as Redis, {
      info: () => Promise.resolve(info.replace(/^master_replid2:.*$/m, `master_replid2:${"ab".repeat(20)}`)),
    });
    const second = await openRedisReplayStore(promoted, options);
    expect(second.floorNs()).toBeGreaterThan(floor);
  });

  it("refuses what another process was asked before the data was lost, though that process noticed the loss first", async () => {
    const one = await openRedisReplayStore(redis, options);
    const two = await openRedisReplayStore(redis, options);
    const request = used(one.floorNs(), 1);
    expect(await two.claim(request)).toBe(true);
    await redis.flushall();
    expect(await one.claim(request)).toBe(false);
    expect(await two.claim(used(two.floorNs(), 1, "next"))).toBe(false);
    expect(await two.claim(request)).toBe(false);
    expect(two.floorNs()).toBe(one.floorNs());
    expect(await two.claim(used(two.floorNs(), 1, "later"))).toBe(true);
  });

  it("refuses a request whose body came so late that its first use may be forgotten", async () => {
    let clock = Date.now();
    const store = await openRedisReplayStore(redis, { ...options, now: () => clock });
    const another = await openRedisReplayStore(redis, { ...options, now: () => clock });
    const request = used(store.floorNs(), 1);
    expect(await store.claim(request)).toBe(true);
    // As the time-to-live of the claim does.
    await redis.del("t:a:1");
    clock += 2_000 + options.maxAgeMs + 2_500;
    expect([await store.claim(request), await another.claim(request)]).toEqual([false, false]);
  });

  it("refuses by itself, at once, what it has claimed, is claiming or cannot know", async () => {
    const store = await openRedisReplayStore(redis, options);
    const request = used(store.floorNs(), 1);
    expect(store.isUsed(request)).toBe(false);
    const claiming = store.claim(request);
    expect(store.isUsed(request)).toBe(true);
    expect(await Promise.all([store.claim(request), claiming])).toEqual([false, true]);
    expect([0, -1].map((afterMs) => store.isUsed(used(store.floorNs(), afterMs, "2")))).toEqual([true, true]);
    expect(store.isUsed(used(store.floorNs(), 1, "2"))).toBe(false);
    // What was claimed elsewhere only Redis knows.
    const another = await openRedisReplayStore(redis, options);
    expect([another.isUsed(request), await another.claim(request), another.isUsed(request)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it("counts a request as used whose claim Redis never answered: it may have heard it", async () => {
    const broken = Object.assign(Object.create(redis) as Redis, { eval: () => Promise.reject(new Error("gone")) });
    const store = await openRedisReplayStore(broken, options);
    const request = used(store.floorNs(), 1);
    await expect(store.claim(request)).rejects.toThrow("gone");
    expect([store.isUsed(request), await store.claim(request)]).toEqual([true, false]);
  });

  it("forgets a request only after nobody could use it any more", async () => {
    const store = await openRedisReplayStore(redis, options);
    await store.claim(used(store.floorNs(), 1, "x"));
    const left = await redis.pttl("t:a:x");
    // Ten seconds more, because another process may have a clock that is behind.
    expect(left).toBeGreaterThan(options.maxAgeMs + 12_000);
    expect(left).toBeLessThanOrEqual(options.maxAgeMs + 14_000);
  });
});
