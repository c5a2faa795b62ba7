import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { monitorOptions, openRedis } from "../../../../validator/src/queue/connection.ts";
import { parseRedisUrl } from "../../../../validator/src/queue/redis-url.ts";
import { createLiveness, stuckAfterMs } from "../../../../validator/src/queue/liveness.ts";
import { startRedisMonitor } from "../../../../validator/src/queue/monitor.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { until } from "../../../support/until.ts";
import { client } from "../support/state.ts";

let server: TestRedis;
beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.stop());

describe("the heartbeat", () => {
  it("notices within three seconds that Redis hangs, and that it is back", async () => {
    const stop = new AbortController();
    const redis = openRedis(monitorOptions(parseRedisUrl(server.url)), () => undefined);
    const seen: string[] = [];
    const monitor = startRedisMonitor(redis, {
      key: "{val:monitor}:heartbeat",
      everyMs: 100,
      graceMs: 500,
      signal: stop.signal,
      onDown: () => seen.push("down"),
      onUp: () => seen.push("up"),
      onRecovered: () => seen.push("recovered"),
    });
    const other = client(server.port);
    await until("a heartbeat", async () => (await other.get("{val:monitor}:heartbeat")) !== null);
    expect(monitor.up()).toBe(true);
    const from = performance.now();
    server.freeze();
    await until("the news", () => !monitor.up());
    expect(performance.now() - from).toBeLessThan(3_000);
    server.thaw();
    await until("the recovery", () => monitor.up());
    expect(seen.slice(-3)).toEqual(["down", "up", "recovered"]);
    stop.abort();
    await monitor.done;
    redis.disconnect();
    other.disconnect();
  });
});

describe("the time", () => {
  it("is that of Redis's server, in every process, whatever its own clock says", async () => {
    const stop = new AbortController();
    const redis = openRedis(monitorOptions(parseRedisUrl(server.url)), () => undefined);
    const key = "{val:time}:heartbeat";
    const ownClock = vi.spyOn(Date, "now").mockImplementation(() => 1_000);
    try {
      const quiet = { onDown: () => undefined, onUp: () => undefined, signal: stop.signal };
      const monitor = startRedisMonitor(redis, { key, everyMs: 50, ...quiet });
      expect(monitor.nowMs()).toBe(1_000);
      await until("the first heartbeat", () => monitor.nowMs() > 1_000);
      const [seconds = 0, micros = 0] = await redis.time();
      const serverMs = seconds * 1_000 + micros / 1_000;
      expect(Math.abs(monitor.nowMs() - serverMs)).toBeLessThan(500);
      expect(Math.abs(Number(await redis.get(key)) - serverMs)).toBeLessThan(1_000);
      stop.abort();
      await monitor.done;
    } finally {
      ownClock.mockRestore();
      redis.disconnect();
    }
  });
});

describe("liveness", () => {
  it("gives an error only when jobs wait and none was started for a minute", () => {
    let now = 0;
    const liveness = createLiveness({ slowestTaskMs: 0, now: () => now });
    now = stuckAfterMs * 3;
    expect(liveness.check(0)).toBeUndefined();
    now += stuckAfterMs - 1;
    expect(liveness.check(2)).toBeUndefined();
    liveness.touch();
    now += stuckAfterMs - 1;
    expect(liveness.check(2)).toBeUndefined();
    now += 1;
    expect(liveness.check(2)).toMatchObject({ code: "E_NO_WORK_STARTED", data: { waiting: 2, seconds: 60 } });
  });

  it("waits longer where all that work here may be with miners that have longer to answer", () => {
    let now = 0;
    const liveness = createLiveness({ slowestTaskMs: 600_000, now: () => now });
    now = stuckAfterMs + 600_000 - 1;
    expect(liveness.check(2)).toBeUndefined();
    now += 1;
    expect(liveness.check(2)).toMatchObject({ code: "E_NO_WORK_STARTED" });
  });
});
