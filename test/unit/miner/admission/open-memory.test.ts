import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openMemory } from "@subnetkit/miner/admission/open-memory";
import { createLogger } from "@subnetkit/shared/log/logger";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";

const folder = mkdtempSync(path.join(tmpdir(), "memory-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const closers: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const log = createLogger({ name: "test", level: "silent" });
const options = { hotkey: "5Miner", netuid: 2, maxAgeMs: 10_000, stateFolder: folder };
const open = (redisUrl: string | undefined, aloneSinceMs: number | undefined = Date.now()) =>
  openMemory({ ...options, redisUrl, aloneSinceMs }, { log, onClose: (close) => closers.push(close) });
const signedAt = (ms: number, hotkey = "5V") => ({ hotkey, replayId: String(ms), issuedNs: BigInt(ms) * 1_000_000n });

describe("memory without Redis", () => {
  test("refuses what may have been answered before this process was alone, and nothing later", async () => {
    const nowMs = Date.now();
    const { replay, listening } = await open(undefined, nowMs - 10_000);
    listening();
    expect(await replay.claim(signedAt(nowMs - 8_000))).toBe(false);
    expect(await replay.claim(signedAt(nowMs - 7_999))).toBe(true);
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

  const lines: string[] = [];
  const saying = createLogger({ name: "test", destination: { write: (line) => lines.push(line) } });
  /** A process that begins at this time, with the notes of those before it in this folder. */
  const begin = async (stateFolder: string, aloneSinceMs = Date.now()) => {
    const closing: (() => void | Promise<void>)[] = [];
    const { replay } = await openMemory(
      { ...options, stateFolder, redisUrl: undefined, aloneSinceMs },
      { log: saying, onClose: (close) => closing.push(close) },
    );
    return { replay, end: () => Promise.all(closing.map(async (close) => close())) };
  };

  test("lets nothing in twice when the clock was set back between two processes, and says until when it refuses", async () => {
    const stateFolder = mkdtempSync(path.join(folder, "back-"));
    const nowMs = Date.now();
    const first = await begin(stateFolder, nowMs);
    expect(await first.replay.claim(signedAt(nowMs + 2_100))).toBe(true);
    await first.end();
    lines.length = 0;
    // What was future-dated is no reason to believe that the clock is wrong.
    const quick = await begin(stateFolder, nowMs + 200);
    expect([await quick.replay.claim(signedAt(nowMs + 2_100)), lines]).toEqual([false, []]);
    expect(await quick.replay.claim(signedAt(nowMs + 2_300))).toBe(true);
    await quick.end();
    const behind = await begin(stateFolder, nowMs - 30_000);
    expect(await behind.replay.claim(signedAt(nowMs + 2_100))).toBe(false);
    expect(await behind.replay.claim(signedAt(nowMs + 2_300 + 7_000))).toBe(false);
    expect(await behind.replay.claim(signedAt(nowMs + 2_300 + 7_001))).toBe(true);
    expect(lines.join()).toContain("the clock is behind what it was");
    await behind.end();
  });

  test("lets nothing in twice when it had just begun to let in again, crashed, and the clock was set back", async () => {
    const stateFolder = mkdtempSync(path.join(folder, "crash-"));
    const nowMs = Date.now();
    const { replay, end } = await begin(stateFolder, nowMs - 60_000);
    expect(await replay.claim(signedAt(nowMs - 9_000))).toBe(true);
    expect(await replay.claim(signedAt(nowMs))).toBe(true);
    const file = path.join(stateFolder, "used-2-5Miner.json");
    await vi.waitFor(() => expect(readFileSync(file, "utf8")).toContain(String(nowMs)));
    const behind = await begin(stateFolder, nowMs - 30_000);
    expect(await behind.replay.claim(signedAt(nowMs))).toBe(false);
    for (const close of [end, behind.end]) await close();
  });

  test("lets nothing in twice when the clock was set back a little before the next process, and soon goes on", async () => {
    const stateFolder = mkdtempSync(path.join(folder, "little-"));
    vi.useFakeTimers({ toFake: ["Date", "hrtime"] });
    try {
      const nowMs = Date.now();
      const first = await begin(stateFolder, nowMs - 60_000);
      // The second is within what the note of the first stands for.
      for (const ms of [nowMs - 4_000, nowMs + 500]) expect(await first.replay.claim(signedAt(ms))).toBe(true);
      const file = path.join(stateFolder, "used-2-5Miner.json");
      await vi.waitFor(() => expect(readFileSync(file, "utf8")).toContain(String(nowMs - 4_000)));
      vi.setSystemTime(nowMs - 3_000);
      const next = await begin(stateFolder);
      expect(await next.replay.claim(signedAt(nowMs + 500))).toBe(false);
      expect(await next.replay.claim(signedAt(nowMs + 1_000))).toBe(false);
      expect(await next.replay.claim(signedAt(nowMs + 1_001))).toBe(true);
      for (const { end } of [first, next]) await end();
      // Set forward, it is as if it had not been set.
      vi.setSystemTime(nowMs + 60_000);
      const last = await begin(stateFolder);
      expect(await last.replay.claim(signedAt(nowMs + 62_001))).toBe(true);
      await last.end();
    } finally {
      vi.useRealTimers();
    }
  });

  test("says once that it cannot note up to when it let in, and goes on", async () => {
    const stateFolder = mkdtempSync(path.join(folder, "unwritable-"));
    mkdirSync(path.join(stateFolder, "used-2-5Miner.json"));
    lines.length = 0;
    const { replay, end } = await begin(stateFolder, Date.now() - 60_000);
    for (const backMs of [9_000, 3_000, 0]) expect(await replay.claim(signedAt(Date.now() - backMs))).toBe(true);
    await end();
    expect(lines.filter((line) => line.includes("is not known to the next process")).length).toBeLessThanOrEqual(2);
    const torn = mkdtempSync(path.join(folder, "torn-"));
    writeFileSync(path.join(torn, "used-2-5Miner.json"), '{"usedUntilNs":"17');
    const next = await begin(torn, Date.now() - 60_000);
    expect(await next.replay.claim(signedAt(Date.now()))).toBe(true);
    await next.end();
    expect(JSON.parse(readFileSync(path.join(torn, "used-2-5Miner.json"), "utf8"))).toHaveProperty("usedUntilNs");
  });

  test("answers again two seconds after the clock was set back an hour, and still lets nothing in twice", async () => {
    const stateFolder = mkdtempSync(path.join(folder, "hour-"));
    const before = await begin(stateFolder, Date.now() - 10_000);
    expect(await before.replay.claim(signedAt(Date.now() - 5_000))).toBe(true);
    await before.end();
    vi.useFakeTimers({ toFake: ["Date", "performance", "setInterval", "clearInterval"] });
    try {
      const rightMs = Date.now();
      vi.setSystemTime(rightMs + 3_600_000);
      const { replay, end } = await begin(stateFolder);
      vi.setSystemTime(rightMs);
      expect(await replay.claim(signedAt(rightMs + 2_001))).toBe(false);
      vi.advanceTimersByTime(5_000);
      const nowMs = Date.now();
      expect(await replay.claim(signedAt(nowMs + 2_000))).toBe(false);
      expect(await replay.claim(signedAt(nowMs + 2_001))).toBe(true);
      expect(await replay.claim(signedAt(nowMs + 2_001))).toBe(false);
      expect(lines.join()).toContain("the clock was set back");
      // Set back again, it refuses what it has let in itself.
      vi.setSystemTime(nowMs - 600_000);
      vi.advanceTimersByTime(5_000);
      expect(await replay.claim(signedAt(nowMs + 2_001))).toBe(false);
      expect(await replay.claim(signedAt(nowMs + 2_002))).toBe(true);
      vi.useRealTimers();
      await end();
    } finally {
      vi.useRealTimers();
    }
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

  test("says until when it refuses, and which key says so, where the clock was set back since that was noted", async () => {
    await open(server.url);
    const key = "subnetkit:replay:2:5Miner:since";
    const [run] = ((await redis.get(key)) ?? "").split(" ");
    await redis.set(key, `${run} ${BigInt(Date.now() + 3_600_000) * 1_000_000n}`);
    const lines: string[] = [];
    const saying = createLogger({ name: "test", destination: { write: (line) => lines.push(line) } });
    await openMemory(
      { ...options, redisUrl: server.url, aloneSinceMs: undefined },
      { log: saying, onClose: (close) => closers.push(close) },
    );
    expect(lines.join()).toContain(key);
    expect(lines.join()).toContain("the clock is behind what it was");
    await redis.del(key);
    lines.length = 0;
    const { replay } = await openMemory(
      { ...options, redisUrl: server.url, aloneSinceMs: undefined },
      { log: saying, onClose: (close) => closers.push(close) },
    );
    expect(lines).toEqual([]);
    expect(await replay.claim(signedAt(Date.now() + 2_500))).toBe(true);
  });

  test("is refused when it evicts, by its own code, and when it is not there", async () => {
    await redis.config("SET", "maxmemory-policy", "allkeys-lru");
    await expect(open(server.url)).rejects.toMatchObject({ code: "E_REDIS_EVICTS", exitCode: 3 });
    await redis.config("SET", "maxmemory-policy", "noeviction");
    await expect(open("redis://127.0.0.1:1")).rejects.toMatchObject({ code: "E_REPLAY_REDIS", exitCode: 5 });
  });
});
