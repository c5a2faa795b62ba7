import { errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Lifecycle } from "@subnetkit/shared/lifecycle/lifecycle";
import { retry } from "@subnetkit/shared/util/retry";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { type QueueName, queueNames } from "../queue/jobs.ts";
import { createQueues } from "../queue/queues.ts";
import type { RedisAddress } from "../queue/redis-url.ts";
import { createWorkers, type LockTiming, type Processor, type WorkersHooks } from "../queue/workers.ts";
import { queuesOf, type Role } from "../roles.ts";
import type { AskOptions } from "./ask.ts";
import {
  type PlanWorkModules,
  type PlanWorkOptions,
  planWork,
  queryWork,
  type ScoreWorkModules,
  scoreWork,
} from "./pipeline.ts";
import { createMinerPools, type PoolLimits } from "./pools.ts";
import type { QueryModules } from "./query.ts";
import type { MinerTls } from "./tls.ts";

export type RoundServiceOptions = PlanWorkOptions & {
  /** What this process does of the work; the rest is another process's. */
  readonly roles: readonly Role[];
  readonly address: RedisAddress;
  readonly prefix: string;
  readonly timing: LockTiming;
  /** How miners are asked, and which of their answers count. */
  readonly ask: AskOptions;
  readonly pools: PoolLimits;
};

export type RoundServiceModules = Omit<
  PlanWorkModules & QueryModules & ScoreWorkModules,
  ChainModule | "queues" | "pools" | "keypair" | "tls"
> & {
  /** The chain, which plan needs. */
  readonly chain: Pick<PlanWorkModules, ChainModule> | undefined;
  /** The hotkey, which query signs with. */
  readonly keypair: Keypair | undefined;
  /** Hotkey-bound TLS to miners; plain HTTP without it. */
  readonly tls?: MinerTls | undefined;
  readonly lifecycle: Lifecycle;
  readonly jobs: Omit<WorkersHooks, "onError" | "onFailed">;
};

type ChainModule = "clock" | "metagraph" | "fingerprints";

/** Rounds as durable jobs: what makes them, and what works them, as far as this process does. */
export interface RoundService {
  /** Asks for a round. A no-op when it is planned or past. Rejects when Redis does not take the job. For the plan role. */
  begin(round: number): Promise<void>;
  /** Starts to work, and with the plan role the tick that repairs. */
  run(): Promise<void>;
  pause(): Promise<void>;
  resume(): void;
  /** Leaves connections to Redis whose peer has vanished. */
  reviveConnections(): Promise<void>;
  /** Jobs that wait for a process with the roles of this one, by queue. */
  waiting(): Promise<Partial<Record<QueueName, number>>>;
}

/** How often open rounds are looked after, milliseconds. */
const tickMs = 5_000;

/** How long jobs under way get to finish at the end, milliseconds: less than the lifecycle's deadline. */
const drainMs = 2_000;

/** Builds the queues, the connections to miners and the workers, closed again with the lifecycle. Redis must have answered before. */
export async function createRoundService(
  options: RoundServiceOptions,
  modules: RoundServiceModules,
): Promise<RoundService> {
  const { roles, address, prefix, netuid, timing } = options;
  const { chain, keypair, tls, lifecycle, log, jobs } = modules;
  const onError = (where: string, error: unknown): void =>
    log.debug({ where, reason: errorMessage(error) }, "a queue connection failed");

  const own = queuesOf(roles);
  const plans = roles.includes("plan");
  const queues = await createQueues({ address, prefix, netuid, names: plans ? queueNames : own }, { onError });
  lifecycle.onClose("queues", () => queues.close());
  const work: Partial<Record<QueueName, Processor>> = {};
  if (plans && chain !== undefined) Object.assign(work, planWork(options, { ...modules, ...chain, queues }));
  if (roles.includes("query") && keypair !== undefined) {
    const pools = createMinerPools(options.pools, tls);
    lifecycle.onClose("connections to miners", () => pools.close());
    Object.assign(work, queryWork(options.ask, { ...modules, keypair, pools, tls }));
  }
  if (roles.includes("score")) Object.assign(work, scoreWork(modules));
  const workers = createWorkers(
    work,
    { address, prefix, timing },
    {
      ...jobs,
      onError,
      onFailed: (queue, jobId, error, final) =>
        log[final ? "error" : "warn"]({ queue, jobId, reason: error.message, final }, "a job failed"),
    },
  );
  lifecycle.onClose("workers", () => workers.close(drainMs));

  return {
    begin: (round) =>
      retry({ attempts: 3, minMs: 50, maxMs: 500, signal: lifecycle.signal }, () => queues.addPlan(round)),
    async run() {
      if (plans) await queues.startTick(tickMs);
      workers.run();
    },
    pause: () => workers.pause(),
    resume: () => workers.resume(),
    reviveConnections: () => workers.reviveConnections(),
    async waiting() {
      const waiting = await queues.waiting();
      return Object.fromEntries(own.map((name) => [name, waiting[name]]));
    },
  };
}

/**
 * Lock times for rounds of a length: a dead worker's job should come back within a round or two, and no sooner than Redis restarts or fails over (about 4 s).
 * It is taken over after at most the lock and two looks, 15 s by default.
 */
export function lockTiming(
  roundMs: number,
  given: { lockMs: number | undefined; stalledMs: number | undefined },
): LockTiming {
  const lockMs = given.lockMs ?? (roundMs < 15_000 ? 5_000 : 9_000);
  return { lockMs, stalledMs: given.stalledMs ?? Math.max(500, Math.floor(lockMs / 3)) };
}
