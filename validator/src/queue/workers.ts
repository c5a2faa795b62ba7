import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import { type Job, Worker } from "bullmq";
import { queueConnection, workerOptions } from "./connection.ts";
import type { RedisAddress } from "./redis-url.ts";
import { backoffType, cappedBackoff, type QueueName } from "./jobs.ts";

/** How a job is done. The signal fires when the job was taken away (its lock is lost) or the process ends: then write nothing more. */
export type Processor = (job: Job<unknown, unknown>, signal: AbortSignal, token: string) => Promise<unknown>;

/** Timing of a worker's hold on a job; see queue.md for what follows from other values. */
export type LockTiming = {
  /** A job whose worker died is taken over this long after the last renewal. Must exceed a normal Redis restart. */
  readonly lockMs: number;
  /** How often to look for such jobs. */
  readonly stalledMs: number;
};

export type WorkersOptions = { readonly address: RedisAddress; readonly prefix: string; readonly timing: LockTiming };

/** What happens to jobs, for logs and metrics. */
export type WorkersHooks = {
  readonly onError: (where: string, error: unknown) => void;
  readonly onStarted: (queue: QueueName) => void;
  readonly onFinished: (queue: QueueName, outcome: "completed" | "failed") => void;
  readonly onFailed: (queue: QueueName, jobId: string, error: Error, final: boolean) => void;
  readonly onStalled: (queue: QueueName) => void;
  readonly onLockLost: (queue: QueueName, jobs: number) => void;
};

/** The working side of the validator's queues. */
export interface RoundWorkers {
  /** Begins to take jobs. */
  run(): void;
  /** Stops taking jobs without waiting for those under way. */
  pause(): Promise<void>;
  resume(): void;
  /** Makes the connections anew whose peer has vanished: Redis answers others by now and does not answer them. */
  reviveConnections(): Promise<void>;
  /** Waits up to `deadlineMs` for the jobs under way, then cuts them off: a cut job is taken over like that of a dead worker. */
  close(deadlineMs: number): Promise<void>;
}

/**
 * Jobs one process works on at once, per queue. Querying waits for the network, and all of it for Redis to sync: commands that come while it does share the
 * next one. As many settles as rounds may be open: scored at once, counted one after the other.
 */
const concurrency: Readonly<Record<QueueName, number>> = { plan: 2, query: 8, settle: 4, tick: 1 };

/** Makes one worker per queue that has a processor, idle until `run`. */
export function createWorkers(
  processors: Partial<Record<QueueName, Processor>>,
  options: WorkersOptions,
  hooks: WorkersHooks,
): RoundWorkers {
  const workers = Object.entries(processors).map(([name, processor]) =>
    createWorker(name as QueueName, processor, options, hooks),
  );
  return {
    run() {
      for (const { name, worker } of workers)
        worker.run().catch((error: unknown) => hooks.onError(`worker ${name}`, error));
    },
    async pause() {
      await Promise.all(workers.map(({ worker }) => worker.pause(true)));
    },
    resume() {
      for (const { name, worker } of workers)
        worker.resume().catch((error: unknown) => hooks.onError(`worker ${name}`, error));
    },
    async reviveConnections() {
      await Promise.all(workers.map(({ worker }) => reviveConnections(worker)));
    },
    async close(deadlineMs) {
      const graceful = Promise.allSettled(workers.map(({ worker }) => worker.close()));
      await withTimeout(graceful, deadlineMs, "Closing the workers").catch(() => {
        for (const { worker } of workers) worker.cancelAllJobs("the process ends");
        // Not awaited: on a hung Redis it never ends, and the jobs are safe without it.
        for (const { worker } of workers) void worker.close(true).catch(() => undefined);
      });
      for (const { disconnect } of workers) disconnect();
    },
  };
}

/** A worker's connection that has not answered for so long, while Redis answers others, is dead. Milliseconds. */
const answerMs = 1_500;

/**
 * Both connections of a worker, when the one for commands is dead: what it was asked comes again on the new one, as after the silence that the sockets bear
 * at most. One that is being made already is left alone.
 */
async function reviveConnections({ backend }: Worker): Promise<void> {
  const client = await withTimeout(backend.client, answerMs, "A worker's connection").catch(() => undefined);
  if (client === undefined || client.status !== "ready") return;
  const answers = withTimeout(client.info(), answerMs, "A worker's connection").then(
    () => true,
    () => false,
  );
  if (await answers) return;
  for (const dead of [client, await backend.blockingClient]) if (dead?.status === "ready") dead.disconnect(true);
}

type NamedWorker = { readonly name: QueueName; readonly worker: Worker; readonly disconnect: () => void };

function createWorker(
  name: QueueName,
  processor: Processor,
  options: WorkersOptions,
  hooks: WorkersHooks,
): NamedWorker {
  const { connection, disconnect } = queueConnection(workerOptions(options.address), (error) =>
    hooks.onError(`worker ${name}`, error),
  );
  const worker = new Worker<unknown, unknown>(
    name,
    async (job, token, signal) => {
      hooks.onStarted(name);
      return await processor(job, signal ?? new AbortController().signal, token ?? "");
    },
    {
      connection,
      prefix: options.prefix,
      autorun: false,
      concurrency: concurrency[name],
      lockDuration: options.timing.lockMs,
      stalledInterval: options.timing.stalledMs,
      // A crash or an outage counts here and not in `attempts`; the default of 1 would fail a healthy job at the second one.
      maxStalledCount: 50,
      drainDelay: 5,
      settings: { backoffStrategy: (attemptsMade, type) => (type === backoffType ? cappedBackoff(attemptsMade) : -1) },
    },
  );
  worker.on("error", (error) => hooks.onError(`worker ${name}`, error));
  worker.on("completed", () => hooks.onFinished(name, "completed"));
  worker.on("failed", (job, error) => {
    hooks.onFinished(name, "failed");
    hooks.onFailed(name, job?.id ?? "?", error, job === undefined || job.attemptsMade >= (job.opts.attempts ?? 1));
  });
  worker.on("stalled", () => hooks.onStalled(name));
  worker.on("lockRenewalFailed", (ids) => {
    hooks.onLockLost(name, ids.length);
    for (const id of ids) worker.cancelJob(id, "the lock is lost");
  });
  return { name, worker, disconnect };
}
