import { createLogger } from "@subnetkit/shared/log/logger";
import { delay } from "@subnetkit/shared/util/delay";
import { openRedis, producerOptions } from "../../validator/src/queue/connection.ts";
import { jobData } from "../../validator/src/queue/jobs.ts";
import { createQueues } from "../../validator/src/queue/queues.ts";
import { parseRedisUrl } from "../../validator/src/queue/redis-url.ts";
import { createWorkers } from "../../validator/src/queue/workers.ts";
import { challengeOf, taskOf } from "../../validator/src/round/challenge.ts";
import { maxOpenRounds, scoreWork } from "../../validator/src/round/pipeline.ts";
import { chunksOf } from "../../validator/src/round/plan.ts";
import { reconcileRounds } from "../../validator/src/round/reconcile.ts";
import type { RoundScorer } from "../../validator/src/round/scorer/round-scorer.ts";
import { createRoundWatch } from "../../validator/src/round/round-watch.ts";
import { createStores } from "../../validator/src/store/open-stores.ts";
import { createReplicate } from "../../validator/src/store/replicate.ts";
import { planOf } from "../unit/validator/support/plan.ts";
import { sumSubnet } from "../unit/validator/support/subnet.ts";

const log = createLogger({ name: "test", level: "silent" });
const alpha = 0.125;

/** Rounds under way at once: as many as the planner allows. */
export const mostOpen = maxOpenRounds;

export type NoopRoundsOptions = {
  readonly url: string;
  readonly prefix: string;
  /** Sets of workers, as so many processes would have; default 2. */
  readonly workers?: number;
  readonly hotkeys: readonly string[];
  /** Wait for a replica with everything that counts; default false. */
  readonly replicated?: boolean;
  /** What scores; default this process itself. */
  readonly scorer?: RoundScorer;
};

/** Rounds over real queues on a real Redis, with miners that answer rightly in no time, until they are stopped. */
export type NoopRounds = {
  /** Rounds that a worker was told are counted, in the order it was told. */
  readonly told: readonly number[];
  /** Stops, and compares what Redis has counted with what was told. */
  finish(): Promise<{
    /** Rounds that Redis has, oldest first. */
    readonly counted: readonly number[];
    /** Moving averages, and what they must be after so many rounds that everybody answered. */
    readonly averages: readonly number[];
    readonly expected: number;
  }>;
};

/** Starts the workers, and a driver that asks for one round after the other. */
export async function runNoopRounds(options: NoopRoundsOptions): Promise<NoopRounds> {
  const { prefix, hotkeys, workers = 2 } = options;
  const address = parseRedisUrl(options.url);
  const redis = openRedis(producerOptions(address), () => undefined);
  const replicate = options.replicated === true ? createReplicate(redis) : undefined;
  const { rounds, scores, keys } = createStores({ prefix, netuid: 2 }, { redis, replicate });
  const queues = await createQueues({ address, prefix, netuid: 2 }, { onError: () => undefined });
  const told: number[] = [];
  let wake = (): void => undefined;
  const query = {
    async query(job: { readonly data: unknown }) {
      const { round, taskId, chunk } = jobData.query.parse(job.data);
      const plan = await rounds.plan(round);
      if (plan === undefined) return;
      const { challenge } = await challengeOf(plan, taskOf(sumSubnet, taskId));
      const body = { sum: challenge.key as number };
      const answers = chunksOf(plan.miners)[chunk]!.map(
        ({ hotkey }) => [hotkey, { kind: "answered", latencyMs: 1, body }] as const,
      );
      await rounds.stage(round, taskId, answers);
    },
  };
  const score = scoreWork({
    subnet: sumSubnet,
    rounds,
    scores,
    scorer: options.scorer,
    nowMs: Date.now,
    onSettled: ({ result, summary }) => {
      if ((result === "applied" || result === "already") && !told.includes(summary.round)) told.push(summary.round);
      wake();
    },
    log,
  });
  const sets = Array.from({ length: workers }, () =>
    createWorkers(
      { ...query, ...score },
      { address, prefix, timing: { lockMs: 3_000, stalledMs: 1_000 } },
      {
        onError: () => undefined,
        onStarted: () => undefined,
        onFinished: () => undefined,
        onFailed: () => undefined,
        onStalled: () => undefined,
        onLockLost: () => undefined,
      },
    ),
  );
  for (const set of sets) set.run();

  const stop = new AbortController();
  const repairs = (async () => {
    const limits = { lateAfterMs: 2_000 };
    const watch = createRoundWatch();
    while (!stop.signal.aborted) {
      await delay(500, stop.signal).catch(() => undefined);
      await reconcileRounds(limits, { rounds, queues, watch }, stop.signal).catch(() => undefined);
    }
  })();
  const driver = (async () => {
    for (let round = 0; !stop.signal.aborted; ) {
      try {
        // Behind a few open rounds, as the planner is.
        const counted = told.length;
        if (round - counted >= mostOpen && (await rounds.open()).length >= mostOpen) {
          // Unless one was counted meanwhile.
          if (told.length === counted)
            await Promise.race([delay(200), new Promise<void>((resolve) => (wake = resolve))]);
          continue;
        }
        const plan = planOf(round, hotkeys, { alpha, deadlineMs: Date.now() });
        const answer = await rounds.pin(plan);
        if (answer.kind === "pinned") await queues.addRound(answer.plan);
        round += 1;
      } catch {
        await delay(50);
      }
    }
  })();

  return {
    told,
    async finish() {
      stop.abort();
      await Promise.all([driver, repairs]);
      await Promise.all(sets.map((set) => set.close(3_000)));
      await queues.close();
      const counted = (await redis.lrange(keys.rounds, 0, "-1"))
        .map((text) => (JSON.parse(text) as { round: number }).round)
        .reverse();
      const last = await rounds.lastSettled();
      const averages = [...(await scores.standings()).values()].map(({ ema }) => ema);
      let expected = 0;
      for (const round of counted) expected = round > last ? expected : alpha * 1 + (1 - alpha) * expected;
      redis.disconnect();
      return { counted, averages, expected };
    },
  };
}
