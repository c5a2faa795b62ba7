import { keepsItsKeys, readRedisInfo } from "@subnetkit/shared/storage/redis-info";
import { describe, expect, test } from "vitest";

const text = [
  "# Server",
  "redis_version:7.0.15",
  "run_id:4f1c",
  "",
  "# Memory",
  "maxmemory_policy:noeviction",
  "# Persistence",
  "aof_enabled:1",
  "aof_last_write_status:ok",
  "# Replication",
  `master_replid2:${"0".repeat(40)}`,
].join("\r\n");

describe("readRedisInfo", () => {
  test("reads what Redis says of itself", () => {
    expect(readRedisInfo(text)).toEqual({
      version: "7.0.15",
      runId: "4f1c",
      maxmemoryPolicy: "noeviction",
      appendOnly: true,
      appendStatus: "ok",
      isReplica: false,
      replicas: 0,
      promoted: false,
    });
  });

  test("takes what is not said for the worse", () => {
    const info = readRedisInfo("");
    expect(info).toMatchObject({ version: "unknown", maxmemoryPolicy: "unknown", appendOnly: false });
    expect(keepsItsKeys(info)).toBe(false);
  });

  test("knows a server that keeps its keys, and one that took over from another", () => {
    expect(keepsItsKeys(readRedisInfo(text))).toBe(true);
    expect(keepsItsKeys(readRedisInfo(text.replace("noeviction", "allkeys-lru")))).toBe(false);
    expect(readRedisInfo(text.replace("master_replid2:00", "master_replid2:a0")).promoted).toBe(true);
  });
});
