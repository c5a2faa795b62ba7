import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
    expect(seen).toEqual(["down", "up"]);
    stop.abort();
    await monitor.done;
    redis.disconnect();
    other.disconnect();
  });
});

describe("liveness", () => {
  it("gives an error only when jobs wait and none was started for a minute", () => {
    let now = 0;
    const liveness = createLiveness(() => now);
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
});
