import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { UnrecoverableError } from "bullmq";
import type { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { jobId, jobOptions } from "../../../../validator/src/queue/jobs.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { until } from "../../../support/until.ts";
import { client } from "../support/state.ts";
import { createRig, keysOf, planOfChunks, type QueueRig, quickTiming } from "./traps-support.ts";

let server: TestRedis;
let redis: Redis;
const rigs: QueueRig[] = [];
beforeAll(async () => {
  server = await startTestRedis();
  redis = client(server.port);
});
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

async function rigOn(prefix?: string): Promise<QueueRig> {
  const rig = await createRig(server.port, prefix);
  rigs.push(rig);
  return rig;
}

const forever = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("cut off"))));

describe("trap 1: jobs that lose their worker again and again", () => {
  it("are still done after the third time, which the library's own limit of one would have failed", async () => {
    const rig = await rigOn();
    const id = jobId.plan(2, 7);
    let starts = 0;
    rig.work(
      {
        plan: async (_job, signal) => {
          starts += 1;
          if (starts > 3) return "done";
          // What a dead worker leaves: an active job whose lock is gone.
          await redis.del(`${rig.prefix}:plan:${id}:lock`);
          return await forever(signal);
        },
      },
      quickTiming,
    );
    await rig.queues.addPlan(7);
    await until("the job", () => rig.count("completed plan") === 1, 15_000);
    expect(starts).toBe(4);
    expect(rig.count("failed plan")).toBe(0);
    expect(Number(await redis.hget(`${rig.prefix}:plan:${id}`, "stc"))).toBe(3);
  });
});

describe("trap 7: a finished round that is added again", () => {
  it("runs nothing: neither its settle nor its queries, which are kept as long as its id must guard", async () => {
    const rig = await rigOn();
    rig.work({ query: async () => "asked", settle: async () => "settled" });
    const plan = planOfChunks(3, 2);
    await rig.queues.addRound(plan);
    await until("the round", () => rig.count("completed settle") === 1);
    await rig.queues.addRound(plan);
    await rig.queues.addRound(plan);
    // Jobs of a queue start in the order they were added: when the next round is done, the repetition would have been.
    await rig.queues.addRound(planOfChunks(4, 1));
    await until("the next round", () => rig.count("completed settle") === 2);
    expect(rig.count("started query")).toBe(3);
    expect(rig.count("started settle")).toBe(2);
  });
});

describe("trap 8: a job that is added again with other contents", () => {
  it("keeps the first ones, which is why jobs carry names only and the plan is pinned elsewhere", async () => {
    const rig = await rigOn();
    await rig.queues.addRound(planOfChunks(5, 2));
    await rig.queues.addRound(planOfChunks(5, 3));
    const data = await redis.hget(`${rig.prefix}:settle:${jobId.settle(2, 5)}`, "data");
    expect(JSON.parse(data ?? "")).toEqual({ round: 5 });
    const query = await redis.hget(`${rig.prefix}:query:${jobId.query(2, 5, "sum", 0)}`, "data");
    expect(JSON.parse(query ?? "")).toEqual({ round: 5, taskId: "sum", chunk: 0 });
  });
});

describe("trap 9: jobs of a round that are added while Redis has no room", () => {
  it("are there all or not at all, and all of them once it has", async () => {
    const rig = await rigOn();
    const jobs = async (): Promise<number> => (await keysOf(redis, rig, "*:v1-2-6-*")).length;
    await redis.config("SET", "maxmemory", "1mb");
    try {
      await expect(rig.queues.addRound(planOfChunks(6, 40))).rejects.toThrow();
      expect(await jobs()).toBe(0);
    } finally {
      await redis.config("SET", "maxmemory", "0");
    }
    await rig.queues.addRound(planOfChunks(6, 40));
    expect((await keysOf(redis, rig, "query:v1-2-6-sum-??")).length).toBe(40);
    expect((await keysOf(redis, rig, "settle:v1-2-6-settle")).length).toBe(1);
  });

  it("are never added by addBulk, which is not atomic", () => {
    const folder = path.join(import.meta.dirname, "../../../../validator/src");
    const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    expect(sources.length).toBeGreaterThan(20);
    for (const name of sources) expect(readFileSync(path.join(folder, name), "utf8"), name).not.toContain("addBulk");
  });
});

describe("trap 10: a query that fails for good", () => {
  it("does not park the round for ever: the settle runs once all others have ended", async () => {
    const rig = await rigOn();
    const order: string[] = [];
    rig.work({
      query: async (job) => {
        const { chunk } = job.data as { chunk: number };
        if (chunk === 0) throw new UnrecoverableError("the miners of this chunk cannot be asked");
        order.push(`query ${chunk}`);
      },
      settle: async () => void order.push("settle"),
    });
    await rig.queues.addRound(planOfChunks(8, 3));
    await until("the settle", () => rig.count("completed settle") === 1);
    expect(rig.count("failed query")).toBe(1);
    expect(order.at(-1)).toBe("settle");
    expect(order.toSorted()).toEqual(["query 1", "query 2", "settle"]);
    expect(await rig.queues.settleState(8)).toBe("completed");
  });
});

describe("trap 15: what the library leaves undone without a word", () => {
  it("finished jobs are bounded by count, since age alone removes nothing from an idle queue", () => {
    for (const keep of [jobOptions.removeOnComplete, jobOptions.removeOnFail])
      expect(keep).toMatchObject({ age: expect.any(Number), count: expect.any(Number) });
  });

  it("the tick comes from timers of our own, of all processes one at a time, and its jobs do not pile up", async () => {
    const rig = await rigOn();
    const second = await rigOn(rig.prefix);
    await rig.queues.startTick(100);
    for (let i = 0; i < 10; i++) await second.queues.startTick(100);
    expect(await rig.queues.waiting()).toMatchObject({ tick: 1 });
    for (const each of [rig, second]) each.work({ tick: async () => "looked" });
    const ticks = (): number => rig.count("completed tick") + second.count("completed tick");
    await until("fifteen ticks", () => ticks() >= 15);
    expect(await redis.zcard(`${rig.prefix}:tick:completed`)).toBeLessThanOrEqual(10);
    expect(await redis.zcard(`${rig.prefix}:tick:delayed`)).toBe(0);
  });

  it("waiting work without a live worker is counted, so that the process can be started anew", async () => {
    const rig = await rigOn();
    await rig.queues.addRound(planOfChunks(9, 2));
    await rig.queues.addPlan(10);
    expect(await rig.queues.waiting()).toEqual({ plan: 1, query: 2, settle: 0, tick: 0 });
  });
});
