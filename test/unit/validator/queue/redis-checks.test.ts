import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeRedis, parseRedisUrl } from "../../../../validator/src/queue/connection.ts";
import { checkRedis, judge } from "../../../../validator/src/queue/redis-checks.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { client } from "../support/state.ts";

let server: TestRedis;
beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.stop());

const good = [
  "# Server",
  "redis_version:7.0.15",
  "# Memory",
  "maxmemory_policy:noeviction",
  "# Persistence",
  "aof_enabled:1",
  "aof_last_write_status:ok",
].join("\r\n");

describe("the verdict over a Redis", () => {
  it("accepts a durable one that never evicts", () => {
    expect(judge("here", good, "always")).toEqual({ version: "7.0.15", appendfsync: "always", warnings: [] });
  });

  it("warns when a power cut could lose a second", () => {
    expect(judge("here", good, "everysec").warnings).toHaveLength(1);
    expect(judge("here", good, undefined).warnings).toHaveLength(1);
  });

  it.each([
    ["noeviction", "allkeys-lru", "E_REDIS_EVICTS"],
    ["aof_enabled:1", "aof_enabled:0", "E_REDIS_NOT_DURABLE"],
    ["aof_last_write_status:ok", "aof_last_write_status:err", "E_REDIS_NOT_DURABLE"],
    ["redis_version:7.0.15", "redis_version:6.0.9", "E_REDIS_TOO_OLD"],
    ["redis_version:7.0.15", "nothing:1", "E_REDIS_TOO_OLD"],
  ])("refuses one with %s replaced by %s", (from, to, code) => {
    expect(() => judge("here", good.replace(from, to), "always")).toThrow(expect.objectContaining({ code }));
  });
});

describe("checking a server", () => {
  it("passes for the one the local network starts", async () => {
    expect(await checkRedis(parseRedisUrl(server.url))).toMatchObject({ appendfsync: "always", warnings: [] });
  });

  it("refuses one that evicts", async () => {
    const redis = client(server.port);
    await redis.config("SET", "maxmemory-policy", "allkeys-lru");
    await expect(checkRedis(parseRedisUrl(server.url))).rejects.toMatchObject({ code: "E_REDIS_EVICTS" });
    await redis.config("SET", "maxmemory-policy", "noeviction");
    redis.disconnect();
  });

  it("tells silence and a closed port apart from a good server, within its deadline", async () => {
    const silent = createServer((socket) => void socket.resume().on("error", () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const port = (silent.address() as { port: number }).port;
    const unreachable = expect.objectContaining({ code: "E_REDIS_UNREACHABLE", exitCode: 5 });
    await expect(checkRedis(parseRedisUrl(`redis://127.0.0.1:${port}`), 300)).rejects.toEqual(unreachable);
    await new Promise<void>((resolve) => silent.close(() => resolve()));
    await expect(checkRedis(parseRedisUrl(`redis://127.0.0.1:${port}`), 2_000)).rejects.toEqual(unreachable);
  });
});

describe("a Redis URL", () => {
  it("gives host, port, database and credentials", () => {
    expect(parseRedisUrl("rediss://me:p%40ss@db.example:7000/3")).toEqual({
      host: "db.example",
      port: 7000,
      db: 3,
      username: "me",
      password: "p@ss",
      tls: true,
    });
    expect(parseRedisUrl("redis://localhost")).toEqual({ host: "localhost", port: 6379, db: 0, tls: false });
    expect(parseRedisUrl("redis://[::1]:1").host).toBe("::1");
  });

  it("never shows the password", () => {
    expect(describeRedis(parseRedisUrl("redis://me:secret@h:1"))).toBe("h:1/0");
    for (const url of ["http://me:secret@h", "secret", "redis://h/secret"]) {
      expect(() => parseRedisUrl(url)).toThrow(
        expect.objectContaining({ code: "E_REDIS_URL", message: expect.not.stringContaining("secret") }),
      );
    }
  });
});
