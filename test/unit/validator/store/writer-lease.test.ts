import { spawnSync } from "node:child_process";
import { createLogger } from "@subnetkit/shared/log/logger";
import type { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import type { StateKeys } from "../../../../validator/src/store/keys.ts";
import { createWriterLease, type WriterLeaseOptions } from "../../../../validator/src/store/writer-lease.ts";
import { until } from "../../../support/until.ts";
import { freshKeys, useTestRedis } from "../support/state.ts";

let redis: Redis;
useTestRedis((given) => {
  redis = given;
});

const log = createLogger({ name: "test", level: "silent" });
const leaseOf = (keys: StateKeys, options: Partial<WriterLeaseOptions> = {}) =>
  createWriterLease({ leaseMs: 60_000, name: "a", place: "here", pid: process.pid, ...options }, { redis, keys, log });

describe("the writer's lease", () => {
  it("is had by one process, and the others know by whom", async () => {
    const keys = freshKeys();
    const [a, b] = [leaseOf(keys), leaseOf(keys, { name: "b", place: "there" })];
    await a.take();
    await b.take();
    await a.take();
    expect(a.held()).toBeDefined();
    expect(b.held()).toBeUndefined();
    expect(b.holder()).toMatchObject({ name: "a", place: "here", pid: process.pid });
  });

  it("goes to one of several that ask at the same moment", async () => {
    const keys = freshKeys();
    const leases = Array.from({ length: 8 }, (_, i) => leaseOf(keys, { name: `${i}`, place: `${i}` }));
    await Promise.all(leases.map((lease) => lease.take()));
    expect(leases.filter((lease) => lease.held() !== undefined)).toHaveLength(1);
  });

  it("runs out when its holder is silent, and is another one then", async () => {
    const keys = freshKeys();
    const [a, b] = [leaseOf(keys, { leaseMs: 200 }), leaseOf(keys, { place: "there" })];
    await a.take();
    const first = a.held()!;
    await until("the lease of b", async () => {
      await b.take();
      return b.held();
    });
    expect(b.held()).not.toBe(first);
    expect(await a.confirm(first)).toBe(false);
    expect(a.held()).toBeUndefined();
    await a.take();
    expect(a.held()).toBeUndefined();
  });

  it("stays its holder's after it ran out while nobody has taken it, and is nobody's once given back", async () => {
    const keys = freshKeys();
    const a = leaseOf(keys);
    await a.take();
    const first = a.held()!;
    await redis.del(keys.writer);
    expect(await a.confirm(first)).toBe(true);
    await a.take();
    expect(a.held()).toBe(first);
    await redis.del(keys.writer);
    await a.release();
    expect(await a.confirm(first)).toBe(false);
    await a.take();
    expect(a.held()).toMatch(/^2\n/);
  });

  it("is kept by a holder that renews it", async () => {
    const keys = freshKeys();
    const stop = new AbortController();
    const [a, b] = [leaseOf(keys, { leaseMs: 200 }), leaseOf(keys, { place: "there" })];
    const kept = a.keep(stop.signal);
    await until("a lease", () => a.held());
    const first = a.held();
    for (const endMs = performance.now() + 600; performance.now() < endMs; ) {
      await b.take();
      expect(b.held()).toBeUndefined();
    }
    expect(a.held()).toBe(first);
    stop.abort();
    await kept;
  });

  it("is free at once when it is given back", async () => {
    const keys = freshKeys();
    const [a, b] = [leaseOf(keys), leaseOf(keys, { place: "there" })];
    await a.take();
    await a.release();
    await b.take();
    expect([a.held(), b.held() !== undefined]).toEqual([undefined, true]);
    await a.release();
    expect(await b.confirm(b.held()!)).toBe(true);
  });

  it("is taken at once from a process of the same place that is dead, and from no other", async () => {
    const keys = freshKeys();
    const { pid: dead } = spawnSync(process.execPath, ["--version"]);
    const gone = leaseOf(keys, { pid: dead });
    await gone.take();
    const elsewhere = leaseOf(keys, { place: "there" });
    await elsewhere.take();
    expect(elsewhere.held()).toBeUndefined();
    const restarted = leaseOf(keys);
    await restarted.take();
    expect(restarted.held()).toBeDefined();
    const sibling = leaseOf(keys, { pid: process.ppid });
    await sibling.take();
    expect(sibling.held()).toBeUndefined();
  });
});
