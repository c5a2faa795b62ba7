import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { monitorOptions, openRedis, producerOptions } from "../../../../validator/src/queue/connection.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { until } from "../../../support/until.ts";
import { addressOf, createRig, planOfChunks } from "./traps-support.ts";

let server: TestRedis;
beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.stop());

describe("trap 12: Redis that hangs", () => {
  it("lets every call of ours end within its deadline, and the same queues work again afterwards", async () => {
    const rig = await createRig(server.port);
    const monitor = openRedis(monitorOptions(addressOf(server.port)), () => undefined);
    const own = openRedis(producerOptions(addressOf(server.port)), () => undefined);
    await until("both connections", () => monitor.status === "ready" && own.status === "ready");
    const took: Record<string, number> = {};
    const failing = async (name: string, call: () => Promise<unknown>): Promise<void> => {
      const from = performance.now();
      await expect(call(), name).rejects.toThrow();
      took[name] = performance.now() - from;
    };
    server.freeze();
    try {
      await Promise.all([
        failing("addPlan", () => rig.queues.addPlan(1)),
        failing("addRound", () => rig.queues.addRound(planOfChunks(1, 2))),
        failing("addLateSettle", () => rig.queues.addLateSettle(1)),
        failing("settleState", () => rig.queues.settleState(1)),
        failing("retrySettle", () => rig.queues.retrySettle(1)),
        failing("startTick", () => rig.queues.startTick(1_000)),
        failing("waiting", () => rig.queues.waiting()),
        failing("a command", () => own.get("key")),
        failing("a heartbeat", () => monitor.set("key", "1")),
        failing("new queues", () => createRig(server.port)),
      ]);
    } finally {
      server.thaw();
    }
    for (const [name, ms] of Object.entries(took)) expect(ms, name).toBeLessThan(name === "new queues" ? 6_000 : 4_500);
    expect(took["a heartbeat"]).toBeLessThan(1_500);
    await rig.queues.addPlan(2);
    await rig.queues.addRound(planOfChunks(2, 2));
    await until("everything that was asked for", async () => (await rig.queues.waiting()).query >= 2);
    monitor.disconnect();
    own.disconnect();
    await rig.close();
  });
});
