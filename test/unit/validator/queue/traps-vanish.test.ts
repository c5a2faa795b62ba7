import type { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  monitorOptions,
  openRedis,
  producerOptions,
  workerOptions,
} from "../../../../validator/src/queue/connection.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { startTcpProxy, type TcpProxy } from "../../../support/tcp-proxy.ts";
import { until } from "../../../support/until.ts";
import { client } from "../support/state.ts";
import { addressOf, createRig, type QueueRig } from "./traps-support.ts";

let server: TestRedis;
let proxy: TcpProxy;
let redis: Redis;
const rigs: QueueRig[] = [];
beforeAll(async () => {
  server = await startTestRedis();
  redis = client(server.port);
});
beforeEach(async () => {
  proxy = await startTcpProxy(server.port);
});
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
  await proxy.close();
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

async function rigBehindProxy(): Promise<QueueRig> {
  const rig = await createRig(proxy.port);
  rigs.push(rig);
  return rig;
}

describe("trap 4: a peer that vanishes without a word", () => {
  it("is left once the socket was silent for longer than a worker waits for a job, and the command is made anew", async () => {
    const options = workerOptions(addressOf(proxy.port));
    // BullMQ blocks for ten seconds at most.
    expect(options.socketTimeout).toBeGreaterThan(11_000);
    expect(options.socketTimeout).toBeLessThanOrEqual(20_000);
    const worker = openRedis({ ...options, socketTimeout: 400 }, () => undefined);
    await worker.ping();
    proxy.vanish();
    const taken = worker.blpop("{val:vanished}:list", 10);
    await redis.rpush("{val:vanished}:list", "job");
    expect(await taken).toEqual(["{val:vanished}:list", "job"]);
    worker.disconnect();
  });
});

describe("trap 4, on the other side: a peer that vanishes from queues, scripts and the heartbeat", () => {
  it("costs a few seconds of errors, after which they work on new connections", async () => {
    const rig = await rigBehindProxy();
    const monitor = openRedis(monitorOptions(addressOf(proxy.port)), () => undefined);
    const own = openRedis(producerOptions(addressOf(proxy.port)), () => undefined);
    await until("both connections", () => monitor.status === "ready" && own.status === "ready");
    proxy.vanish();
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
