import { openRedisReplayStore, type RedisReplayStore } from "@subnetkit/shared/protocol/redis-replay-store";
import { createMemoryReplayStore, type UsedRequest } from "@subnetkit/shared/protocol/replay-store";
import { signEpistula } from "@subnetkit/shared/protocol/epistula/epistula";
import { Redis } from "ioredis";
import { afterEach, describe, expect, test } from "vitest";
import { startTestRedis } from "../../../support/redis.ts";
import {
  ask,
  hello,
  miner,
  raw,
  request,
  startVictim,
  statusOf,
  validator,
  type Victim,
  type VictimOptions,
} from "./support.ts";

const victims: Victim[] = [];
const start = async (options: VictimOptions = {}): Promise<Victim> => {
  const victim = await startVictim(options);
  victims.push(victim);
  return victim;
};
afterEach(async () => {
  for (const victim of victims.splice(0)) await victim.close();
});

const ns = (ms: number): bigint => BigInt(ms) * 1_000_000n;
const nowNs = (): bigint => ns(Date.now());
const replayed = { status: 401, code: "E_AUTH_REPLAY" };
const stale = { status: 401, code: "E_AUTH_STALE" };

describe("a replayed request", () => {
  test("is refused within its window, one at a time and forty at once", async () => {
    const { port, offered } = await start();
    const text = request();
    expect(await statusOf(port, text)).toBe(200);
    expect(await ask(port, text)).toEqual(replayed);
    const another = request();
    const all = await Promise.all(Array.from({ length: 40 }, () => statusOf(port, another)));
    expect(all.filter((status) => status === 200)).toHaveLength(1);
    expect(offered()).toBe(2);
  });

  test("is refused after its window", async () => {
    const { port } = await start({ maxAgeMs: 500 });
    const text = request();
    expect(await statusOf(port, text)).toBe(200);
    await expect.poll(() => ask(port, text), { timeout: 5_000 }).toEqual(stale);
  });

  test("is refused on another task and as another dialect's, whose signature covers no path", async () => {
    const { port } = await start();
    const { headers } = signEpistula({ body: Buffer.from(hello), keypair: validator, receiver: miner.address });
    const sent = { host: "x", "content-length": String(hello.length), ...headers };
    expect(await statusOf(port, raw(sent))).toBe(200);
    expect(await ask(port, raw(sent, hello, { path: "/v1/tasks/impatient" }))).toEqual(replayed);
    const upper = { ...sent, "epistula-uuid": String(headers["epistula-uuid"]).toUpperCase() };
    expect((await ask(port, raw(upper))).status).toBe(401);
  });

  test("is refused after a restart that lost the memory, also one dated into the future", async () => {
    const first = await start({ replay: createMemoryReplayStore({ bootNs: nowNs() - ns(5_000) }) });
    const now = request();
    const future = request({ nonceNs: nowNs() + ns(1_900) });
    expect([await statusOf(first.port, now), await statusOf(first.port, future)]).toEqual([200, 200]);
    await first.close();
    const second = await start({ replay: createMemoryReplayStore({ bootNs: nowNs() }) });
    expect(await ask(second.port, now)).toEqual(replayed);
    expect(await ask(second.port, future)).toEqual(replayed);
    // An honest caller waits out two seconds of clock skew, and even then neither replay gets in.
    await expect.poll(() => statusOf(second.port, request()), { timeout: 6_000, interval: 200 }).toBe(200);
    expect(await ask(second.port, now)).toEqual(replayed);
    expect(await ask(second.port, future)).toEqual(replayed);
  }, 20_000);

  test("is refused after a restart with Redis, which costs honest callers nothing, and after Redis lost its data", async () => {
    const server = await startTestRedis();
    const redis = new Redis(server.url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    redis.on("error", () => undefined);
    const open = (now?: () => number): Promise<RedisReplayStore> =>
      openRedisReplayStore(redis, { prefix: "attack", maxAgeMs: 16_000, ...(now === undefined ? {} : { now }) });
    try {
      // Opened three seconds ago, so that its floor is past.
      const first = await start({ replay: await open(() => Date.now() - 3_000) });
      const text = request();
      expect(await statusOf(first.port, text)).toBe(200);
      expect(await ask(first.port, text)).toEqual(replayed);
      const second = await start({ replay: await open() });
      expect(await ask(second.port, text)).toEqual(replayed);
      expect(await statusOf(second.port, request())).toBe(200);
      await redis.flushall();
      // The process that runs notices by itself, and one that starts now has nothing to trust.
      expect(await ask(second.port, text)).toEqual(replayed);
      const third = await start({ replay: await open() });
      expect(await ask(third.port, text)).toEqual(replayed);
    } finally {
      redis.disconnect();
      await server.stop();
    }
  }, 60_000);

  test("costs no curve operation where this process has seen it, in memory or in Redis, answered or under way", async () => {
    const server = await startTestRedis();
    const redis = new Redis(server.url);
    try {
      const inRedis = await openRedisReplayStore(redis, {
        prefix: "cheap",
        maxAgeMs: 16_000,
        now: () => Date.now() - 3_000,
      });
      for (const replay of [inRedis, createMemoryReplayStore({ bootNs: 0n })]) {
        const { port, passed } = await start({ replay });
        const text = request();
        const all = await Promise.all(Array.from({ length: 20 }, () => ask(port, text)));
        expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
        expect(all.filter(({ code }) => code === replayed.code)).toHaveLength(19);
        expect(await ask(port, text)).toEqual(replayed);
        expect(passed.get("signature")).toBe(1);
      }
      // Nor does one from before the store knows anything: as good as used.
      const { port, passed } = await start({ replay: inRedis });
      expect(await ask(port, request({ nonceNs: inRedis.floorNs() }))).toEqual(replayed);
      expect(passed.get("signature")).toBeUndefined();
    } finally {
      redis.disconnect();
      await server.stop();
    }
  }, 60_000);

  test("is told from one that came too early: what got 429 was not used and may come again, however many came at once", async () => {
    let letGo: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const memory = createMemoryReplayStore({ bootNs: 0n });
    // As a store outside this process, between the question and its answer.
    const replay = { claim: (used: UsedRequest) => answered.then(() => memory.claim(used)) };
    const { port, passed } = await start({ replay, rate: { perSecond: 5, burst: 1 } });
    const first = ask(port, request());
    await expect.poll(() => passed.get("rate")).toBe(1);
    const early = request();
    expect(await ask(port, early)).toMatchObject({ status: 429, code: "E_CALLER_RATE" });
    letGo();
    expect((await first).status).toBe(200);
    await expect.poll(() => statusOf(port, early), { timeout: 5_000 }).toBe(200);
  });

  test("takes nothing of its sender's rate", async () => {
    const memory = createMemoryReplayStore({ bootNs: 0n });
    // Nothing is known at once, as with what another process has answered.
    const { port } = await start({
      replay: { claim: (used) => Promise.resolve(memory.claim(used)) },
      rate: { perSecond: 0.001, burst: 2 },
    });
    const overheard = request();
    expect(await statusOf(port, overheard)).toBe(200);
    for (let i = 0; i < 5; i++) expect(await ask(port, overheard)).toEqual(replayed);
    expect(await statusOf(port, request())).toBe(200);
    expect((await ask(port, request())).status).toBe(429);
  });

  test("cannot be made of somebody's request that was refused: its nonce is not burnt", async () => {
    const { port } = await start();
    const text = request();
    expect((await ask(port, text.replace("hello", "hullo"))).code).toBe("E_AUTH_SIGNATURE");
    expect(await statusOf(port, text)).toBe(200);
  });
});

describe("a clock that differs", () => {
  test("by less than ten seconds behind and two seconds ahead is served", async () => {
    const { port } = await start();
    expect(await statusOf(port, request({ nonceNs: nowNs() - ns(8_000) }))).toBe(200);
    expect(await statusOf(port, request({ nonceNs: nowNs() + ns(1_500) }))).toBe(200);
  });

  test("by more is refused, by head, before any body is read", async () => {
    const { port, passed } = await start();
    expect(await ask(port, request({ nonceNs: nowNs() - ns(10_500) }))).toEqual(stale);
    expect(await ask(port, request({ nonceNs: nowNs() + ns(4_000) }))).toEqual(stale);
    expect(await ask(port, request({ nonceNs: 1n }))).toEqual(stale);
    expect(await ask(port, request({ nonceNs: 99_999_999_999_999_999_999n }))).toEqual(stale);
    expect(passed.get("freshness")).toBeUndefined();
  });
});
