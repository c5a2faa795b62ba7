import { describe, expect, it } from "vitest";
import { until } from "../../../support/until.ts";
import { behindProxy, createRig, keysOf, quickTiming, type QueueRig } from "./traps-support.ts";

const at = behindProxy();
const never = (): Promise<unknown> => new Promise(() => undefined);

/** The name under which one tick at a time may wait: it has no end of its own. */
async function takenName(rig: QueueRig): Promise<string> {
  const [key = ""] = await keysOf(at.redis, rig, "tick:de:tick");
  expect(await at.redis.ttl(key)).toBe(-1);
  return key;
}

describe("the tick, of which one waits at a time", () => {
  it("comes back when the process that had it dies in the middle of it", async () => {
    const rig = await at.rig(at.server.port);
    // Behind the proxy: the worker that is cut off for good stands for the dead one, and cannot renew its lock.
    rig.work({ tick: never }, quickTiming, at.proxy.port);
    await rig.queues.startTick(60_000);
    await until("the tick begins", () => rig.count("started tick") === 1);
    const name = await takenName(rig);
    at.proxy.refuse(true);
    at.proxy.cut();
    const other = await createRig(at.server.port, rig.prefix);
    let ticks = 0;
    other.work({ tick: async () => (ticks += 1) }, quickTiming);
    // One request, which the name of the dead one keeps from becoming a job: what is done is the dead one's.
    await other.queues.startTick(60_000);
    await until("the dead tick is done by another", () => ticks === 1);
    await until("its name is free", async () => (await at.redis.exists(name)) === 0);
    await other.close();
  });

  it("comes back when Redis lost the job and kept its name", async () => {
    const rig = await at.rig(at.server.port);
    await rig.queues.startTick(60_000);
    const id = await at.redis.get(await takenName(rig));
    const lost = [...(await keysOf(at.redis, rig, `tick:${id}`)), ...(await keysOf(at.redis, rig, "tick:wait"))];
    expect(lost).toHaveLength(2);
    await at.redis.del(...lost);
    const other = await createRig(at.server.port, rig.prefix);
    let ticks = 0;
    other.work({ tick: async () => (ticks += 1) }, quickTiming);
    await other.queues.startTick(60_000);
    await until("a tick is done", () => ticks === 1);
    await other.close();
  });

  it("goes on after one that failed", async () => {
    const rig = await at.rig(at.server.port);
    let ticks = 0;
    rig.work({
      tick: async () => {
        ticks += 1;
        if (ticks === 1) throw new Error("Redis was away");
      },
    });
    await rig.queues.startTick(100);
    await until("the next ones are done", () => ticks >= 3);
  });
});
