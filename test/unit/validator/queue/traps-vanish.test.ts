import { describe, expect, it } from "vitest";
import {
  monitorOptions,
  openRedis,
  producerOptions,
  workerOptions,
} from "../../../../validator/src/queue/connection.ts";
import { until } from "../../../support/until.ts";
import { addressOf, behindProxy } from "./traps-support.ts";

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
