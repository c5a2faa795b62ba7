import type { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { parseRedisUrl } from "../../../../validator/src/queue/redis-url.ts";
import type { QueueName } from "../../../../validator/src/queue/jobs.ts";
import { createQueues, type RoundQueues } from "../../../../validator/src/queue/queues.ts";
import { createWorkers, type LockTiming, type Processor } from "../../../../validator/src/queue/workers.ts";
import { chunkSize } from "../../../../validator/src/round/plan.ts";
import type { Plan } from "../../../../validator/src/round/plan-record.ts";
import { planOf } from "../support/plan.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { startTcpProxy, type TcpProxy } from "../../../support/tcp-proxy.ts";
import { client, freshPrefix } from "../support/state.ts";

/** The queues and workers of a validator around processors of a test's own. */
export type QueueRig = {
  readonly prefix: string;
  readonly queues: RoundQueues;
  /** What happened, in order: `started query`, `completed settle`, `stalled query`, `error ...`. */
  readonly seen: string[];
  readonly count: (what: string) => number;
  /** Starts workers; several sets of them are several processes. */
  work(processors: Partial<Record<QueueName, Processor>>, timing?: LockTiming, port?: number): void;
  /** What the heartbeat asks for when Redis answers again. */
  revive(): Promise<void>;
  close(): Promise<void>;
};

/** Locks that end quickly, in a test of what comes then. */
export const quickTiming = { lockMs: 400, stalledMs: 100 };

/** Locks that outlast what a test does to Redis. */
export const patientTiming = { lockMs: 15_000, stalledMs: 5_000 };

/** Builds one on a Redis; `port` may be that of a proxy before it. */
export async function createRig(port: number, prefix = freshPrefix()): Promise<QueueRig> {
  const seen: string[] = [];
  const note = (what: string): void => void seen.push(what);
  const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
  const onError = (where: string, error: unknown): void => note(`error ${where}: ${message(error)}`);
  const queues = await createQueues({ address: addressOf(port), prefix, netuid: 2 }, { onError });
  const workers: ReturnType<typeof createWorkers>[] = [];
  return {
    prefix,
    queues,
    seen,
    count: (what) => seen.filter((one) => one === what).length,
    work(processors, timing = patientTiming, at = port) {
      const made = createWorkers(
        processors,
        { address: addressOf(at), prefix, timing },
        {
          onError,
          onStarted: (queue) => note(`started ${queue}`),
          onFinished: (queue, outcome) => note(`${outcome} ${queue}`),
          onFailed: () => undefined,
          onStalled: (queue) => note(`stalled ${queue}`),
          onLockLost: (queue) => note(`lock lost ${queue}`),
        },
      );
      workers.push(made);
      made.run();
    },
    async revive() {
      await Promise.all(workers.map((each) => each.reviveConnections()));
    },
    async close() {
      await Promise.all(workers.map((each) => each.close(1_000)));
      await queues.close();
    },
  };
}

/** Where a port of this machine is. */
export function addressOf(port: number): ReturnType<typeof parseRedisUrl> {
  return parseRedisUrl(`redis://127.0.0.1:${port}`);
}

/** The plan of a round with so many chunks of query work. */
export function planOfChunks(round: number, chunks: number): Plan {
  return planOf(
    round,
    Array.from({ length: chunks * chunkSize }, (_, i) => `hotkey-${i}`),
  );
}

/** The keys of a job, a queue or anything else of this rig. */
export function keysOf(redis: Redis, rig: QueueRig, pattern: string): Promise<string[]> {
  return redis.keys(`${rig.prefix.replace(/[{}]/g, "?")}:${pattern}`);
}

/** A Redis of a test file, and a proxy before it that is new in each test. */
export type ProxiedRedis = {
  readonly server: TestRedis;
  readonly proxy: TcpProxy;
  /** A client past the proxy. */
  readonly redis: Redis;
  /** A rig behind the proxy, or on a port; closed after the test. */
  rig(port?: number): Promise<QueueRig>;
};

/** Starts them around the tests of the calling file. */
export function behindProxy(): ProxiedRedis {
  const at = {} as { server: TestRedis; proxy: TcpProxy; redis: Redis };
  const rigs: QueueRig[] = [];
  beforeAll(async () => {
    at.server = await startTestRedis();
    at.redis = client(at.server.port);
  });
  beforeEach(async () => {
    at.proxy = await startTcpProxy(at.server.port);
  });
  afterEach(async () => {
    await Promise.all(rigs.splice(0).map((rig) => rig.close()));
    await at.proxy.close();
  });
  afterAll(async () => {
    at.redis.disconnect();
    await at.server.stop();
  });
  return Object.assign(at, {
    async rig(port = at.proxy.port) {
      const rig = await createRig(port);
      rigs.push(rig);
      return rig;
    },
  });
}
