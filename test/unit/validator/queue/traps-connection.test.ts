import { describe, expect, it } from "vitest";
import {
  monitorOptions,
  openRedis,
  producerOptions,
  workerOptions,
} from "../../../../validator/src/queue/connection.ts";
import { jobId } from "../../../../validator/src/queue/jobs.ts";
import { until } from "../../../support/until.ts";
import { addressOf, behindProxy, keysOf, planOfChunks, quickTiming } from "./traps-support.ts";

const at = behindProxy();

describe("trap 3: a worker whose commands time out", () => {
  it("would starve: ours waits longer than any command of a producer may take, without an error, and takes the job that comes", async () => {
    const rig = await at.rig();
    rig.work({ plan: async () => "done" });
    const { commandTimeout = 0 } = producerOptions(addressOf(1));
    await until("the worker to wait", () => at.proxy.connections() > 1);
    const from = performance.now();
    await until("a wait past the deadline of a command", () => performance.now() - from > commandTimeout + 300);
    await rig.queues.addPlan(1);
    const added = performance.now();
    await until("the job", () => rig.count("completed plan") === 1);
    expect(performance.now() - added).toBeLessThan(1_000);
    expect(rig.seen.filter((what) => what.startsWith("error"))).toEqual([]);
    expect(workerOptions(addressOf(1)).commandTimeout).toBeUndefined();
  });
});

describe("trap 5: work that is finished while Redis is away", () => {
  it("is completed when Redis is back, and not done twice", async () => {
    const rig = await at.rig();
    let finish: () => void = () => undefined;
    rig.work({ plan: () => new Promise<void>((resolve) => (finish = resolve)) });
    await rig.queues.addPlan(1);
    await until("the job to start", () => rig.count("started plan") === 1);
    at.proxy.refuse(true);
    at.proxy.cut();
    finish();
    const from = performance.now();
    // Longer than a command that is tried but once or twice would last.
    await until("an outage", () => performance.now() - from > 1_500);
    at.proxy.refuse(false);
    await until("the completion", () => rig.count("completed plan") === 1);
    expect(rig.count("started plan")).toBe(1);
    expect(rig.count("stalled plan")).toBe(0);
    expect(await at.redis.zcard(`${rig.prefix}:plan:completed`)).toBe(1);
    expect(workerOptions(addressOf(1)).maxRetriesPerRequest).toBeNull();
  });
});

describe("trap 6: a reply that is lost", () => {
  it("leaves one job, because every job has an id that follows from the chain", async () => {
    const rig = await at.rig();
    at.proxy.loseReply(jobId.plan(2, 3));
    await rig.queues.addPlan(3);
    expect(at.proxy.lost()).toBe(1);
    at.proxy.loseReply(jobId.lateSettle(2, 3));
    await rig.queues.addLateSettle(3);
    at.proxy.loseReply(jobId.settle(2, 4));
    await rig.queues.addRound(planOfChunks(4, 2));
    expect(at.proxy.lost()).toBe(3);
    expect(await rig.queues.waiting()).toEqual({ plan: 1, query: 2, settle: 1, tick: 0 });
    expect(
      (await keysOf(at.redis, rig, "*:v1-2-[34]-*")).filter((key) => /-(plan|late|settle|\d\d)$/.test(key)),
    ).toHaveLength(5);
  });
});

describe("trap 13: commands under way when the connection is cut", () => {
  it("all end, one way or the other", async () => {
    for (const options of [producerOptions(addressOf(at.proxy.port)), monitorOptions(addressOf(at.proxy.port))]) {
      const own = openRedis(options, () => undefined);
      await until("a connection", () => own.status === "ready");
      at.server.freeze();
      const calls = Array.from({ length: 20 }, (_, i) => own.set(`key-${i}`, "1"));
      at.proxy.cut();
      at.server.thaw();
      const ended = await Promise.allSettled(calls);
      expect(ended).toHaveLength(20);
      own.disconnect();
    }
  });
});

describe("trap 14: the lost reply of a completion", () => {
  it("orphans the job that was fetched with it only until its lock ends: both are done, none fails", async () => {
    const rig = await at.rig();
    const rounds: number[] = [];
    const all = [1, 2, 3, 4, 5, 6];
    for (const round of all) await rig.queues.addLateSettle(round);
    let first: number | undefined;
    rig.work(
      {
        settle: async (job) => {
          const { round } = job.data as { round: number };
          rounds.push(round);
          // With every place taken, the first to end is the one that fetches another job.
          first ??= round;
          if (round !== first) await until("the lost reply", () => at.proxy.lost() === 1);
          else {
            await until("a job in every place", () => rounds.length >= 4);
            at.proxy.loseReply(jobId.lateSettle(2, round));
          }
        },
      },
      quickTiming,
    );
    await until("all of them", async () => (await at.redis.zcard(`${rig.prefix}:settle:completed`)) === 6, 15_000);
    expect(at.proxy.lost()).toBe(1);
    expect(rig.count("stalled settle")).toBeGreaterThan(0);
    expect(new Set(rounds)).toEqual(new Set(all));
    expect(await at.redis.zcard(`${rig.prefix}:settle:failed`)).toBe(0);
  });
});

describe("a Redis that is killed and started again", () => {
  it("finds workers and queues as they were: what was added is done, without a restart of ours", async () => {
    const rig = await at.rig(at.server.port);
    rig.work({ plan: async () => "done" });
    await rig.queues.addPlan(1);
    await until("the first", () => rig.count("completed plan") === 1);
    await at.server.crash();
    await until(
      "a job added",
      async () => {
        await rig.queues.addPlan(2);
        return true;
      },
      5_000,
    );
    const from = performance.now();
    await until("the second", () => rig.count("completed plan") === 2);
    expect(performance.now() - from).toBeLessThan(3_000);
  });
});
