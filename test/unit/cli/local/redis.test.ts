import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { provisionRedis } from "@subnetkit/cli/local/redis/provision";
import { redisServerArgs } from "@subnetkit/cli/local/redis/server-options";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

describe("finding a Redis", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "redis-"));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const server = (name: string, text: string): void => {
    mkdirSync(path.join(folder, "bin"), { recursive: true });
    const file = path.join(folder, "bin", name);
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
  };

  const provision = (env: NodeJS.ProcessEnv) =>
    provisionRedis({ cacheDir: path.join(folder, "cache"), log: () => {}, env });

  it("takes REDIS_URL before anything else, and starts nothing", async () => {
    server("redis-server", "echo v=9.9.9");
    const found = await provision({ REDIS_URL: "redis://elsewhere:1", PATH: path.join(folder, "bin") });
    expect(found).toMatchObject({ source: "url", url: "redis://elsewhere:1", command: "" });
  });

  it("takes a server on PATH, redis before valkey", async () => {
    server("valkey-server", "echo 'Valkey server v=8.0.1 sha=0'");
    const env = { PATH: `/nowhere:${path.join(folder, "bin")}` };
    expect(await provision(env)).toMatchObject({
      source: "path",
      version: "8.0.1",
      command: path.join(folder, "bin", "valkey-server"),
    });
    server("redis-server", "echo 'Redis server v=7.4.0 sha=0'");
    expect(await provision(env)).toMatchObject({
      source: "path",
      version: "7.4.0",
      command: path.join(folder, "bin", "redis-server"),
    });
  });

  it("is started on the loopback only, with every acknowledged write on disk and nothing ever evicted", () => {
    const args = redisServerArgs({ port: 9990, dataDir: "/data" }).join(" ");
    expect(args).toContain("--bind 127.0.0.1");
    expect(args).toContain("--appendonly yes --appendfsync always");
    expect(args).toContain("--save  --maxmemory-policy noeviction");
    expect(args).toContain("--hash-max-listpack-value 1024");
  });
});
