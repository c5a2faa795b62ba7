import { describe, expect, it } from "vitest";
import {
  monitorOptions,
  openRedis,
  producerOptions,
  workerOptions,
} from "../../../../validator/src/queue/connection.ts";
import { until } from "../../../support/until.ts";
import { addressOf, behindProxy, patientTiming, planOfChunks } from "./traps-support.ts";

const at = behindProxy();

describe("trap 4: a peer that vanishes without a word", () => {
  it("is left once the socket was silent for longer than a worker waits for a job, and the command is made anew", async () => {
    const options = workerOptions(addressOf(at.proxy.port));
    // BullMQ blocks for ten seconds at most.
    expect(options.socketTimeout).toBeGreaterThan(11_000);
    expect(options.socketTimeout).toBeLessThanOrEqual(20_000);
    const worker = openRedis({ ...options, socketTimeout: 400 }, () => undefined);
    await worker.ping();
    at.proxy.vanish();
    const taken = worker.blpop("{val:vanished}:list", 10);
    await at.redis.rpush("{val:vanished}:list", "job");
    expect(await taken).toEqual(["{val:vanished}:list", "job"]);
    worker.disconnect();
  });
});

describe("trap 4, once Redis is known to answer others", () => {
  it("is left at once: a job is taken within seconds, and one under way is completed once", async () => {
    const rig = await at.rig(at.server.port);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    rig.work({ query: () => held, plan: () => Promise.resolve() }, patientTiming, at.proxy.port);
    await rig.queues.addRound(planOfChunks(1, 1));
    await until("the job under way", () => rig.count("started query") === 1);
    at.proxy.vanish();
    release();
    await rig.queues.addPlan(2);
    const from = performance.now();
    await rig.revive();
    await until("the work", () => rig.count("completed query") === 1 && rig.count("completed plan") === 1, 8_000);
    expect(performance.now() - from).toBeLessThan(8_000);
    expect([rig.count("started query"), rig.count("failed query")]).toEqual([1, 0]);
  });

  it("is not mistaken for one that answers", async () => {
    const rig = await at.rig(at.server.port);
    rig.work({ plan: () => Promise.resolve() }, patientTiming, at.proxy.port);
    await rig.queues.addPlan(1);
    await until("the first job", () => rig.count("completed plan") === 1);
    const ids = async (): Promise<unknown> => new Set(String(await at.redis.client("LIST")).match(/^id=\d+/gm));
    const before = await ids();
    await rig.revive();
    await rig.queues.addPlan(2);
    await until("the second job", () => rig.count("completed plan") === 2);
    expect(await ids()).toEqual(before);
  });
});

describe("trap 4, on the other side: a peer that vanishes from queues, scripts and the heartbeat", () => {
  it("costs a few seconds of errors, after which they work on new connections", async () => {
    const rig = await at.rig();
    const monitor = openRedis(monitorOptions(addressOf(at.proxy.port)), () => undefined);
    const own = openRedis(producerOptions(addressOf(at.proxy.port)), () => undefined);
    await until("both connections", () => monitor.status === "ready" && own.status === "ready");
    at.proxy.vanish();
    await Promise.all([
      expect(rig.queues.addPlan(1)).rejects.toThrow(),
      expect(own.get("key")).rejects.toThrow(),
      expect(monitor.set("key", "1")).rejects.toThrow(),
    ]);
    const works = async (what: string, call: () => Promise<unknown>): Promise<void> =>
      void (await until(
        what,
        () =>
          call().then(
            () => true,
            () => false,
          ),
        6_000,
      ));
    await Promise.all([
      works("a queue", () => rig.queues.addPlan(2)),
      works("a command", () => own.get("key")),
      works("a heartbeat", () => monitor.set("key", "1")),
    ]);
    monitor.disconnect();
    own.disconnect();
  });
});
