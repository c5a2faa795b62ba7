import { readFileSync } from "node:fs";
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import path from "node:path";
import { createServer, type Server } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkRedis } from "../../../../validator/src/queue/redis-checks.ts";
import { parseRedisUrl } from "../../../../validator/src/queue/redis-url.ts";
import { runNoopRounds } from "../../../support/noop-rounds.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { until } from "../../../support/until.ts";

/** A certificate for this machine that is its own authority, and its key: worth nothing, known to everybody. */
const fixtures = path.join(import.meta.dirname, "../../../support/fixtures/tls");
const caFile = path.join(fixtures, "cert.pem");

let redis: TestRedis;
let front: Server;
let port: number;
beforeAll(async () => {
  redis = await startTestRedis();
  const [key, cert] = ["key.pem", "cert.pem"].map((name) => readFileSync(path.join(fixtures, name)));
  front = createServer({ key, cert }, (near) => {
    const far = connect(redis.port, "127.0.0.1");
    near.pipe(far).pipe(near);
    near.on("error", () => far.destroy()).on("close", () => far.destroy());
    far.on("error", () => near.destroy()).on("close", () => near.destroy());
  });
  front.on("tlsClientError", () => undefined);
  front.listen(0, "127.0.0.1");
  await once(front, "listening");
  port = (front.address() as AddressInfo).port;
});
afterAll(async () => {
  front.close();
  await redis.stop();
});

describe("a Redis behind TLS", () => {
  it("is checked and worked with over rediss://, by the authority in caFile", async () => {
    const url = `rediss://127.0.0.1:${port}?caFile=${encodeURIComponent(caFile)}`;
    expect(await checkRedis(parseRedisUrl(url))).toMatchObject({ warnings: [] });
    const hotkeys = Array.from({ length: 10 }, (_, i) => `hotkey-${i}`);
    const running = await runNoopRounds({ url, prefix: "{val:tls}", hotkeys });
    await until("five rounds", () => running.told.length >= 5, 20_000);
    const { counted, averages, expected } = await running.finish();
    expect(counted.length).toBeGreaterThanOrEqual(5);
    expect(averages).toEqual(hotkeys.map(() => expected));
  });

  it("that nobody vouches for is not talked to", async () => {
    await expect(checkRedis(parseRedisUrl(`rediss://127.0.0.1:${port}`))).rejects.toMatchObject({
      code: "E_REDIS_UNREACHABLE",
    });
  });

  it("wants a file that can be read, and TLS to use it for", () => {
    for (const url of ["rediss://x?caFile=/nowhere/ca.pem", `redis://x?caFile=${encodeURIComponent(caFile)}`])
      expect(() => parseRedisUrl(url)).toThrow(expect.objectContaining({ code: "E_REDIS_URL" }));
  });
});
