import type { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createRoundStore } from "../../../../validator/src/store/round-store.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { planOf, scoreOf, summaryOf } from "../support/plan.ts";
import { client, freshKeys } from "../support/state.ts";

let server: TestRedis;
let redis: Redis;
beforeAll(async () => {
  server = await startTestRedis();
  redis = client(server.port);
});
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

describe("reading the plan of a round", () => {
  it("fetches it once, and not at all in the process that pinned it", async () => {
    const keys = freshKeys();
    const [planner, worker] = [createRoundStore(redis, keys), createRoundStore(redis, keys)];
    const pinned = await planner.pin(planOf(5, ["a"]));
    const get = vi.spyOn(redis, "get");
    const first = await worker.plan(5);
    expect(first).toEqual(planOf(5, ["a"]));
    expect(await worker.plan(5)).toBe(first);
    expect({ kind: "pinned", plan: await planner.plan(5) }).toEqual(pinned);
    expect(get).toHaveBeenCalledTimes(1);
  });

  it("sees that a failover has brought another plan, even one with the same words", async () => {
    const keys = freshKeys();
    const [one, two] = [createRoundStore(redis, keys), createRoundStore(redis, keys)];
    await one.pin(planOf(5, ["a"]));
    const before = await one.plan(5);
    await redis.del(keys.plan(5));
    expect(await one.plan(5)).toBeUndefined();
    await two.pin(planOf(5, ["b"]));
    expect(await one.plan(5)).toEqual(planOf(5, ["b"]));
    await redis.del(keys.plan(5));
    await two.pin(planOf(5, ["a"]));
    const after = await one.plan(5);
    expect(after).toEqual(before);
    expect(after).not.toBe(before);
  });

  it("keeps what was asked and scored by a plan apart from one that a failover has brought instead", async () => {
    const keys = freshKeys();
    const [one, two] = [createRoundStore(redis, keys), createRoundStore(redis, keys)];
    const lost = await one.pin(planOf(5, ["a"]));
    if (lost.kind !== "pinned") throw new Error("not pinned");
    await redis.del(keys.plan(5));
    const outcome = ["a", { kind: "unreachable", reason: "connect" }] as const;
    expect(await one.stage(5, "sum", [outcome], lost.plan)).toBe("replanned");
    await two.pin(planOf(5, ["a"], { seed: "another" }));
    expect(await one.stage(5, "sum", [outcome], lost.plan)).toBe("replanned");
    expect((await two.outcomes(5, "sum")).size).toBe(0);
    expect(await one.settle(lost.plan, [scoreOf("a", 0)], summaryOf(5))).toBe("outdated");
    const plan = await one.plan(5);
    expect(await one.stage(5, "sum", [outcome], plan)).toBe("staged");
    expect(plan && (await one.settle(plan, [scoreOf("a", 0)], summaryOf(5)))).toBe("applied");
  });

  it("takes one that an earlier version pinned, and fetches it each time", async () => {
    const keys = freshKeys();
    const rounds = createRoundStore(redis, keys);
    await redis.set(keys.plan(5), JSON.stringify(planOf(5, ["a"])));
    expect(await rounds.plan(5)).toEqual(planOf(5, ["a"]));
    await redis.set(keys.plan(5), JSON.stringify(planOf(5, ["b"])));
    expect(await rounds.plan(5)).toEqual(planOf(5, ["b"]));
  });
});
