import { createQueues } from "../../../validator/src/queue/queues.ts";
import { parseRedisUrl } from "../../../validator/src/queue/redis-url.ts";
import { createWorkers, type RoundWorkers } from "../../../validator/src/queue/workers.ts";
import { lockTiming } from "../../../validator/src/round/service.ts";
import { planOf } from "../../unit/validator/support/plan.ts";
import { type Row, sizeRow } from "../chain/measure.ts";
import { startChild } from "./child.ts";
import { noHooks } from "./one-round.ts";
import { startBenchRedis } from "./redis.ts";

type Place = { readonly url: string; readonly prefix: string };

/** The default times of a subnet with rounds of two minutes, and of a local one with rounds of 2.5 s. */
const timings = {
  long: lockTiming(120_000, { lockMs: undefined, stalledMs: undefined }),
  short: lockTiming(2_500, { lockMs: undefined, stalledMs: undefined }),
};

/** As a process of its own: takes a job of a round and never finishes it. Speaks once it has it. */
export async function workUntilKilled(text: string): Promise<{ taken: true }> {
  const { url, prefix, pace } = JSON.parse(text) as Place & { pace: keyof typeof timings };
  await new Promise<void>((taken) => {
    const query = (): Promise<never> => {
      taken();
      return new Promise(() => undefined);
    };
    createWorkers({ query }, { address: parseRedisUrl(url), prefix, timing: timings[pace] }, noHooks).run();
  });
  return { taken: true };
}

/** From kill -9 of a worker in the middle of a job until another one starts that job. Several at once: it is waiting, not work. */
export async function takeover({ quick }: { readonly quick: boolean }): Promise<Row[]> {
  const redis = await startBenchRedis();
  const samples = quick ? 3 : 8;
  const rows: Row[] = [];
  for (const pace of ["long", "short"] as const) {
    const times = await Promise.all(
      Array.from({ length: samples }, (_, i) => once({ url: redis.url, prefix: `{val:bench-${pace}-${i}}` }, pace, i)),
    );
    const { lockMs, stalledMs } = timings[pace];
    const what = pace === "long" ? "long rounds" : "rounds of 2.5 s";
    rows.push(
      sizeRow(
        `kill -9 of a worker: its job is taken over within, worst of ${samples}, ${what}`,
        Math.max(...times) / 1_000,
        "s",
        15,
        `lock ${lockMs} ms, looked for every ${stalledMs} ms: at most ${(lockMs + 2 * stalledMs) / 1_000} s`,
      ),
    );
  }
  await redis.stop();
  return rows;
}

async function once({ url, prefix }: Place, pace: keyof typeof timings, i: number): Promise<number> {
  const address = parseRedisUrl(url);
  const queues = await createQueues({ address, prefix, netuid: 2 }, { onError: () => undefined });
  await queues.addRound(planOf(1, ["a"]));
  const { child } = await startChild("worker", { url, prefix, pace });
  let startedAt = 0;
  let workers: RoundWorkers | undefined;
  const taken = new Promise<number>((resolve) => {
    const query = async (): Promise<void> => resolve(performance.now() - startedAt);
    workers = createWorkers({ query }, { address, prefix, timing: timings[pace] }, noHooks);
    workers.run();
  });
  // At any point of the checks' rhythm.
  await new Promise((resolve) => setTimeout(resolve, 500 + i * 700));
  startedAt = performance.now();
  child.kill("SIGKILL");
  const took = await taken;
  await workers?.close(1_000);
  await queues.close();
  return took;
}
