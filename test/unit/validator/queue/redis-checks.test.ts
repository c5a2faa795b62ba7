import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeRedis, parseRedisUrl } from "../../../../validator/src/queue/redis-url.ts";
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
    const facts = { version: "7.0.15", appendfsync: "always", replicated: false, warnings: [] };
    expect(judge("here", good, { appendfsync: "always" })).toEqual(facts);
  });

  it("warns when a power cut could lose a second", () => {
    expect(judge("here", good, { appendfsync: "everysec" }).warnings).toHaveLength(1);
    expect(judge("here", good, {}).warnings).toHaveLength(1);
  });

  it("knows when there are replicas to wait for, and warns when writes are taken without them", () => {
    const always = { appendfsync: "always" };
    const withOne = `${good}\r\nrole:master\r\nconnected_slaves:1`;
    expect(judge("here", withOne, always)).toMatchObject({
      replicated: true,
      warnings: [expect.stringContaining("min-replicas-to-write")],
    });
    const careful = { ...always, "min-replicas-to-write": "1" };
    expect(judge("here", withOne, careful)).toMatchObject({ replicated: true, warnings: [] });
    // The replica is away at this moment: it is waited for all the same.
    expect(judge("here", good, careful)).toMatchObject({ replicated: true });
  });

  it.each([
    ["noeviction", "allkeys-lru", "E_REDIS_EVICTS"],
    ["aof_enabled:1", "aof_enabled:0", "E_REDIS_NOT_DURABLE"],
    ["aof_last_write_status:ok", "aof_last_write_status:err", "E_REDIS_NOT_DURABLE"],
    ["redis_version:7.0.15", "redis_version:6.0.9", "E_REDIS_TOO_OLD"],
    ["redis_version:7.0.15", "nothing:1", "E_REDIS_TOO_OLD"],
    ["# Server", "role:slave", "E_REDIS_NOT_DURABLE"],
  ])("refuses one with %s replaced by %s", (from, to, code) => {
    expect(() => judge("here", good.replace(from, to), { appendfsync: "always" })).toThrow(
      expect.objectContaining({ code }),
    );
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
      kind: "single",
      nodes: [{ host: "db.example", port: 7000 }],
      db: 3,
      username: "me",
      password: "p@ss",
      tls: true,
    });
    const local = { kind: "single", nodes: [{ host: "localhost", port: 6379 }], db: 0, tls: false };
    expect(parseRedisUrl("redis://localhost")).toEqual(local);
    expect(parseRedisUrl("redis://[::1]:1").nodes[0]?.host).toBe("::1");
  });

  it("names the sentinels and their master", () => {
    expect(parseRedisUrl("redis+sentinel://:p%2Fw@s1,s2:27000,[::1]/main/2?sentinelPassword=q")).toEqual({
      kind: "sentinel",
      nodes: [
        { host: "s1", port: 26_379 },
        { host: "s2", port: 27_000 },
        { host: "::1", port: 26_379 },
      ],
      name: "main",
      db: 2,
      password: "p/w",
      sentinelPassword: "q",
      tls: false,
    });
  });

  it("names nodes of a cluster", () => {
    expect(parseRedisUrl("rediss+cluster://u:p@a:1,b:2")).toEqual({
      kind: "cluster",
      nodes: [
        { host: "a", port: 1 },
        { host: "b", port: 2 },
      ],
      db: 0,
      username: "u",
      password: "p",
      tls: true,
    });
  });

  it.each([
    ["two hosts without a word on what they are", "redis://a,b"],
    ["sentinels without a master", "redis+sentinel://a,b"],
    ["a database of a cluster", "redis+cluster://a/1"],
    ["a port that is none", "redis+cluster://a:port"],
    ["a path behind the database", "redis://a/1/2"],
    ["a broken escape", "redis://:%zz@a"],
  ])("refuses %s", (_what, url) => {
    expect(() => parseRedisUrl(url)).toThrow(expect.objectContaining({ code: "E_REDIS_URL" }));
  });

  it("never shows the password", () => {
    expect(describeRedis(parseRedisUrl("redis+sentinel://:secret@a,b/main"))).toBe(
      "main/0 by sentinels a:26379,b:26379",
    );
    expect(describeRedis(parseRedisUrl("redis+cluster://:secret@a,[::1]"))).toBe("cluster a:6379,[::1]:6379");
    expect(describeRedis(parseRedisUrl("redis://me:secret@h:1"))).toBe("h:1/0");
    for (const url of ["http://me:secret@h", "secret", "redis://h/secret"]) {
      expect(() => parseRedisUrl(url)).toThrow(
        expect.objectContaining({ code: "E_REDIS_URL", message: expect.not.stringContaining("secret") }),
      );
    }
  });
});
