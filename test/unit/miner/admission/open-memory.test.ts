import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openMemory } from "@subnetkit/miner/admission/open-memory";
import { createLogger } from "@subnetkit/shared/log/logger";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";

const folder = mkdtempSync(path.join(tmpdir(), "memory-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const log = createLogger({ name: "test", level: "silent" });
const options = { hotkey: "5Miner", netuid: 2, maxAgeMs: 10_000, stateFolder: folder };
const open = (redisUrl: string | undefined, aloneSinceMs: number | undefined = Date.now()) =>
  openMemory({ ...options, redisUrl, aloneSinceMs }, { log, onClose: (close) => closers.push(close) });
const signedAt = (ms: number, hotkey = "5V") => ({ hotkey, replayId: String(ms), issuedNs: BigInt(ms) * 1_000_000n });

describe("memory without Redis", () => {
  test("refuses what may have been answered before this process was alone, and nothing later", async () => {
    const { replay, listening } = await open(undefined, Date.now() - 10_000);
    listening();
    expect(await replay.claim(signedAt(Date.now() - 8_001))).toBe(false);
    expect(await replay.claim(signedAt(Date.now()))).toBe(true);
  });

  test("refuses what may have been answered until its port was its own, where somebody had it when it began", async () => {
    const { replay, listening } = await openMemory(
      { ...options, redisUrl: undefined, aloneSinceMs: undefined },
      { log, onClose: () => undefined },
    );
    expect(await replay.claim(signedAt(Date.now() + 2_200))).toBe(false);
    listening();
    expect(await replay.claim(signedAt(Date.now() + 1_900))).toBe(false);
    expect(await replay.claim(signedAt(Date.now() + 2_100))).toBe(true);
  });

  test("keeps the addresses of callers in a file of the hotkey", async () => {
    const known = { hotkey: "5V", network: "192.0.2.1", minute: Math.floor(Date.now() / 60_000) };
    await (await open(undefined)).known.add([known]);
    expect(await (await open(undefined)).known.load()).toEqual([known]);
  });
});

describe("memory in Redis", () => {
  let server: TestRedis;
  let redis: Redis;
  beforeAll(async () => {
    server = await startTestRedis();
    redis = new Redis(server.url);
  }, 60_000);
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  test("keeps the addresses of callers there as well", async () => {
    const known = { hotkey: "5V", network: "192.0.2.1", minute: Math.floor(Date.now() / 60_000) };
    await (await open(server.url)).known.add([known]);
    expect(await (await open(server.url)).known.load()).toMatchObject([known]);
  });

  test("is refused when it evicts, by its own code, and when it is not there", async () => {
    await redis.config("SET", "maxmemory-policy", "allkeys-lru");
    await expect(open(server.url)).rejects.toMatchObject({ code: "E_REDIS_EVICTS", exitCode: 3 });
    await redis.config("SET", "maxmemory-policy", "noeviction");
    await expect(open("redis://127.0.0.1:1")).rejects.toMatchObject({ code: "E_REPLAY_REDIS", exitCode: 5 });
  });
});
