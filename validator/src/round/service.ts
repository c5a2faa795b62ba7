import { errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Lifecycle } from "@subnetkit/shared/lifecycle/lifecycle";
import { retry } from "@subnetkit/shared/util/retry";
import type { RedisAddress } from "../queue/connection.ts";
import type { QueueName } from "../queue/jobs.ts";
import { createQueues } from "../queue/queues.ts";
import { createWorkers, type LockTiming, type WorkersHooks } from "../queue/workers.ts";
import { createPipeline, type PipelineModules, type PipelineOptions } from "./pipeline.ts";
import { createMinerPools, type PoolLimits } from "./pools.ts";
import type { MinerTls } from "./tls.ts";

export type RoundServiceOptions = PipelineOptions & {
  readonly address: RedisAddress;
  readonly prefix: string;
  readonly timing: LockTiming;
  readonly pools: PoolLimits;
};

export type RoundServiceModules = Omit<PipelineModules, "queues" | "pools"> & {
  readonly lifecycle: Lifecycle;
  /** Hotkey-bound TLS to miners; plain HTTP without it. */
  readonly tls?: MinerTls | undefined;
  readonly jobs: Omit<WorkersHooks, "onError" | "onFailed">;
};

/** Rounds as durable jobs: what makes them, and what works them. */
export interface RoundService {
  /** Asks for a round. A no-op when it is planned or past. Rejects when Redis does not take the job. */
  begin(round: number): Promise<void>;
  /** Starts to work, and the tick that repairs. */
  run(): Promise<void>;
  pause(): Promise<void>;
  resume(): void;
  /** Jobs that wait, by queue. */
  waiting(): Promise<Readonly<Record<QueueName, number>>>;
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
  const { address, prefix, netuid, timing } = options;
  const { lifecycle, log, jobs } = modules;
  const onError = (where: string, error: unknown): void =>
    log.debug({ where, reason: errorMessage(error) }, "a queue connection failed");

  const queues = await createQueues({ address, prefix, netuid }, { onError });
  lifecycle.onClose("queues", () => queues.close());
  const pools = createMinerPools(options.pools, modules.tls);
  lifecycle.onClose("connections to miners", () => pools.close());
  const workers = createWorkers(
    createPipeline(options, { ...modules, queues, pools }),
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
      await queues.startTick(tickMs);
      workers.run();
    },
    pause: () => workers.pause(),
    resume: () => workers.resume(),
    waiting: () => queues.waiting(),
  };
}

/** Lock times for rounds of a length: a dead worker's job should come back within a round or two, and no sooner than Redis restarts. */
export function lockTiming(
  roundMs: number,
  given: { lockMs: number | undefined; stalledMs: number | undefined },
): LockTiming {
  const lockMs = given.lockMs ?? (roundMs < 15_000 ? 5_000 : 15_000);
  return { lockMs, stalledMs: given.stalledMs ?? Math.max(500, Math.floor(lockMs / 3)) };
}
