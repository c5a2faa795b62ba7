import { monitorOptions, openRedis } from "../../../validator/src/queue/connection.ts";
import { startRedisMonitor } from "../../../validator/src/queue/monitor.ts";
import { parseRedisUrl } from "../../../validator/src/queue/redis-url.ts";
import { type Row, sizeRow } from "../chain/measure.ts";
import { startBenchRedis } from "./redis.ts";

/** How long it takes until work stops after Redis is gone: killed, or hung with all connections standing. */
export async function redisAway({ quick }: { readonly quick: boolean }): Promise<Row[]> {
  const samples = quick ? 2 : 5;
  const worst = async (signal: NodeJS.Signals): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < samples; i++) times.push(await noticed(signal));
    return Math.max(...times) / 1_000;
  };
  return [
    sizeRow(`Redis killed: noticed within, worst of ${samples}`, await worst("SIGKILL"), "s", 2),
    sizeRow(`Redis hung: noticed within, worst of ${samples}`, await worst("SIGSTOP"), "s", 2),
  ];
}

async function noticed(signal: NodeJS.Signals): Promise<number> {
  const redis = await startBenchRedis();
  const client = openRedis(monitorOptions(parseRedisUrl(redis.url)), () => undefined);
  await new Promise((resolve) => client.once("ready", resolve));
  const stop = new AbortController();
  const down = new Promise<void>((resolve) => {
    startRedisMonitor(client, {
      key: "{val:b}:heartbeat",
      signal: stop.signal,
      onDown: () => resolve(),
      onUp: () => undefined,
    });
  });
  // Between two beats.
  await new Promise((resolve) => setTimeout(resolve, 1_000 + Math.random() * 500));
  const startedAt = performance.now();
  process.kill(redis.pid, signal);
  await down;
  const took = performance.now() - startedAt;
  stop.abort();
  client.disconnect();
  if (signal === "SIGSTOP") process.kill(redis.pid, "SIGCONT");
  await redis.stop();
  return took;
}
