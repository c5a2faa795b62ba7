import type { Metagraph } from "@subnetkit/chain/client/metagraph";
import type { Head } from "@subnetkit/shared/clock/block-clock";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { createLogger, type Logger } from "@subnetkit/shared/log/logger";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import { createOrganicQueue } from "../../../../validator/src/organic/organic-queue.ts";
import { openRedis, producerOptions } from "../../../../validator/src/queue/connection.ts";
import { parseRedisUrl } from "../../../../validator/src/queue/redis-url.ts";
import type { QueueName } from "../../../../validator/src/queue/jobs.ts";
import { createQueues, type RoundQueues } from "../../../../validator/src/queue/queues.ts";
import { createWorkers, type RoundWorkers } from "../../../../validator/src/queue/workers.ts";
import { planWork, queryWork, scoreWork } from "../../../../validator/src/round/pipeline.ts";
import { createMinerPools } from "../../../../validator/src/round/pools.ts";
import type { Sampling } from "../../../../validator/src/round/sampling.ts";
import type { SettledRound } from "../../../../validator/src/round/settle.ts";
import { stateKeys } from "../../../../validator/src/store/keys.ts";
import { createRoundStore, type RoundStore } from "../../../../validator/src/store/round-store.ts";
import { createDialectStore } from "../../../../validator/src/store/dialect-store.ts";
import { createScoreStore, type ScoreStore } from "../../../../validator/src/store/score-store.ts";
import { sumSubnetWith } from "./subnet.ts";

export type RoundPartOptions = {
  readonly url: string;
  readonly prefix: string;
  readonly head: () => Head;
  readonly metagraph: () => Metagraph;
  readonly validatorUri?: string;
  readonly roundMs?: number;
  /** Time limit of the task, default 400. */
  readonly timeoutMs?: number;
  /** Default Date.now. */
  readonly nowMs?: () => number;
  /** How long a dead worker's job takes to come back, default 2,000. */
  readonly takeoverMs?: number;
  /** Default everyone. */
  readonly sampling?: Sampling;
  /** Default 0. */
  readonly organicPerRound?: number;
  /** Default {@link sumSubnetWith}. */
  readonly subnet?: SubnetDefinition;
  /** Default none. */
  readonly log?: Logger;
  readonly onSettled?: (round: SettledRound) => void;
  readonly onEvent?: (what: string, queue: QueueName) => void;
};

/** The part of a validator that runs rounds, put together as main.ts does, around a metagraph and a head of the test's choice. */
export type RoundPart = {
  readonly rounds: RoundStore;
  readonly scores: ScoreStore;
  readonly queues: RoundQueues;
  readonly workers: RoundWorkers;
  close(): Promise<void>;
};

/** Lock and stall times short enough for a test of take-over. */
export const shortTiming = { lockMs: 1_000, stalledMs: 500 };

/** Builds it, idle: call `workers.run()`. */
export async function createRoundPart(options: RoundPartOptions): Promise<RoundPart> {
  const address = parseRedisUrl(options.url);
  const { prefix } = options;
  const redis = openRedis(producerOptions(address), () => undefined);
  const keys = stateKeys(prefix, 2);
  const rounds = createRoundStore(redis, keys);
  const scores = createScoreStore(redis, keys);
  const queues = await createQueues({ address, prefix, netuid: 2 }, { onError: () => undefined });
  const pools = createMinerPools();
  const keypair = keypairFromUri(options.validatorUri ?? "//Validator");
  const subnet = options.subnet ?? sumSubnetWith(options.timeoutMs ?? 400);
  const nowMs = options.nowMs ?? Date.now;
  const log = options.log ?? createLogger({ name: "test", level: "silent" });
  const dialects = createDialectStore(redis, keys);
  const pipeline = {
    ...planWork(
      {
        netuid: 2,
        hotkey: keypair.address,
        salt: new Uint8Array(32).fill(7),
        alpha: 0.5,
        roundBlocks: 10,
        roundMs: options.roundMs ?? 2_500,
        ...(options.sampling === undefined ? {} : { sampling: options.sampling }),
        organicPerRound: options.organicPerRound ?? 0,
        takeoverMs: options.takeoverMs ?? 2_000,
      },
      {
        clock: { head: options.head },
        metagraph: options.metagraph,
        subnet,
        rounds,
        scores,
        queues,
        organic: createOrganicQueue(redis, keys),
        nowMs,
        onAbandoned: () => undefined,
        log,
      },
    ),
    ...queryWork({ allowPrivate: true }, { subnet, rounds, dialects, pools, keypair, nowMs, log }),
    ...scoreWork({ subnet, rounds, scores, nowMs, onSettled: (round) => options.onSettled?.(round), log }),
  };
  const event = (what: string) => (queue: QueueName) => options.onEvent?.(what, queue);
  const workers = createWorkers(
    pipeline,
    { address, prefix, timing: shortTiming },
    {
      onError: () => undefined,
      onStarted: event("started"),
      onFinished: (queue, outcome) => options.onEvent?.(outcome, queue),
      onFailed: () => undefined,
      onStalled: event("stalled"),
      onLockLost: event("lock lost"),
    },
  );
  return {
    rounds,
    scores,
    queues,
    workers,
    async close() {
      await workers.close(2_000);
      await queues.close();
      await pools.close();
      redis.disconnect();
    },
  };
}
