import { delay } from "@subnetkit/shared/util/delay";
import { mostOpen, type NoopRounds, runNoopRounds } from "../../support/noop-rounds.ts";
import type { Row } from "../chain/measure.ts";
import { openBenchScorer } from "./bench-scorer.ts";
import { startBenchRedis } from "./redis.ts";

const hotkeys = Array.from({ length: 256 }, (_, i) => `5Bench${String(i).padStart(42, "x")}`);

/**
 * Miner answers settled per second, by rounds of 256 that cost nobody anything: pinned, asked in chunks, kept, scored and counted by the jobs, the thread and the
 * scripts of a validator. As many rounds are open at once as a validator allows itself; the next is pinned as soon as one is counted, and not when its block comes.
 */
export async function throughput({ quick }: { readonly quick: boolean }): Promise<Row[]> {
  const redis = await startBenchRedis();
  const scorer = await openBenchScorer();
  const running = await runNoopRounds({ url: redis.url, prefix: "{val:bench}", hotkeys, workers: 1, scorer });
  try {
    // Warm: the first hundred rounds cost three times as much.
    await counted(running, 100);
    const [before, cpu, startedAt] = [running.told.length, process.cpuUsage(), performance.now()];
    await counted(running, before + (quick ? 100 : 1_000));
    const wallMs = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpu);
    const rounds = running.told.length - before;
    const cpuMs = (user + system) / 1_000;
    const note = `${rounds} rounds, ${mostOpen} open at once, ${Math.round((wallMs * mostOpen) / rounds)} ms from plan to count, ${(cpuMs / rounds).toFixed(1)} ms of this process each, ${Math.round((100 * cpuMs) / wallMs)} % of a core`;
    const answers = 1_000 * rounds * hotkeys.length;
    // Waiting for Redis to sync is part of it: the clock decides, not the processor.
    const perSecond = answers / wallMs;
    return [
      {
        what: "miner answers settled through the queue, one process and Redis",
        cpu: perSecond,
        wall: perSecond,
        unit: "/s",
        better: "more",
        budget: 15_000,
        note,
      },
      {
        what: "the same per second of this process's processor time",
        cpu: answers / cpuMs,
        wall: answers / cpuMs,
        unit: "/s",
      },
    ];
  } finally {
    await running.finish();
    await scorer.close();
    await redis.stop();
  }
}

async function counted({ told }: NoopRounds, rounds: number): Promise<void> {
  while (told.length < rounds) await delay(20);
}
