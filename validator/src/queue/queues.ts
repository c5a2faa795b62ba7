import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import { FlowProducer, Queue } from "bullmq";
import { producerOptions, type RedisAddress } from "./connection.ts";
import { jobId, jobOptions, type QueueName, queueNames } from "./jobs.ts";
import type { Plan } from "../round/plan-record.ts";
import { chunksOf } from "../round/plan.ts";

export type QueuesOptions = { readonly address: RedisAddress; readonly prefix: string; readonly netuid: number };
export type QueuesModules = { readonly onError: (where: string, error: unknown) => void };

/** How long any call to a queue may take before the caller gives up and tries again with the same job id. */
const callDeadlineMs = 4_000;

/** What became of a job. `absent`: nothing with its id exists. */
export type JobState = "absent" | "completed" | "failed" | "pending";

/** The producing side of the validator's queues. Every call has a deadline and may be repeated. */
export interface RoundQueues {
  /** Asks for the plan of a round; a no-op when the job exists. */
  addPlan(round: number): Promise<void>;
  /** Adds the jobs of a pinned plan in one transaction: a settle job that waits for one query job per task and chunk. */
  addRound(plan: Plan): Promise<void>;
  /** Adds a settle job that waits for nothing. */
  addLateSettle(round: number): Promise<void>;
  settleState(round: number): Promise<JobState>;
  /** Puts a settle job that failed for good back to work. */
  retrySettle(round: number): Promise<void>;
  /** Starts the tick every `everyMs`, one for all processes of this validator. */
  startTick(everyMs: number): Promise<void>;
  /** Jobs by queue that wait for a worker. */
  waiting(): Promise<Readonly<Record<QueueName, number>>>;
  close(): Promise<void>;
}

/**
 * Makes the queues. Call it only after Redis has answered: a queue made on a dead Redis hangs, or stays broken (E_TIMEOUT tells). The
 * connections are the queue library's own, never shared with a worker.
 */
export async function createQueues(options: QueuesOptions, { onError }: QueuesModules): Promise<RoundQueues> {
  const { prefix, netuid } = options;
  const connection = producerOptions(options.address);
  const queues = new Map(
    queueNames.map((name) => {
      const queue = new Queue(name, {
        connection,
        prefix,
        defaultJobOptions: jobOptions,
        streams: { events: { maxLen: 1_000 } },
      });
      queue.on("error", (error) => onError(`queue ${name}`, error));
      return [name, queue] as const;
    }),
  );
  const flows = new FlowProducer({ connection, prefix });
  flows.on("error", (error) => onError("flow", error));
  const queue = (name: QueueName): Queue => queues.get(name)!;
  const call = <T>(name: string, work: Promise<T>): Promise<T> => withTimeout(work, callDeadlineMs, name);

  await withTimeout(
    Promise.all([...[...queues.values()].map((each) => each.waitUntilReady()), flows.waitUntilReady()]),
    5_000,
    "Opening the queues",
  );

  return {
    async addPlan(round) {
      await call("Adding a plan job", queue("plan").add("plan", { round }, { jobId: jobId.plan(netuid, round) }));
    },
    async addRound(plan) {
      const chunks = chunksOf(plan.miners);
      await call(
        "Adding the jobs of a round",
        flows.add({
          name: "settle",
          queueName: "settle",
          data: { round: plan.round },
          opts: { ...jobOptions, jobId: jobId.settle(netuid, plan.round) },
          children: plan.tasks.flatMap(({ id }) =>
            chunks.map((_, chunk) => ({
              name: "query",
              queueName: "query",
              data: { round: plan.round, taskId: id, chunk },
              // A chunk that failed for good must not park the round for ever: its miners are skipped.
              opts: {
                ...jobOptions,
                jobId: jobId.query(netuid, plan.round, id, chunk),
                ignoreDependencyOnFailure: true,
              },
            })),
          ),
        }),
      );
    },
    async addLateSettle(round) {
      await call(
        "Adding a settle job",
        queue("settle").add("settle", { round }, { jobId: jobId.lateSettle(netuid, round) }),
      );
    },
    async settleState(round) {
      const state = await call("Reading a job's state", queue("settle").getJobState(jobId.settle(netuid, round)));
      if (state === "completed" || state === "failed") return state;
      return state === "unknown" ? "absent" : "pending";
    },
    async retrySettle(round) {
      const job = await call("Reading a job", queue("settle").getJob(jobId.settle(netuid, round)));
      if (job !== undefined) await call("Retrying a job", job.retry("failed"));
    },
    async startTick(everyMs) {
      const opts = { removeOnComplete: { count: 10 }, removeOnFail: { count: 100 } };
      await call(
        "Starting the tick",
        queue("tick").upsertJobScheduler("reconcile", { every: everyMs }, { name: "tick", opts }),
      );
    },
    async waiting() {
      const counts = await Promise.all(
        queueNames.map((name) => call("Counting jobs", queue(name).getJobCounts("waiting", "prioritized"))),
      );
      const total = (i: number): number => Object.values(counts[i] ?? {}).reduce((sum, count) => sum + count, 0);
      return { plan: total(0), query: total(1), settle: total(2), tick: total(3) };
    },
    async close() {
      const closing = Promise.allSettled([flows.close(), ...[...queues.values()].map((each) => each.close())]);
      // A close on a hung Redis never ends; what is cut off here has ids and is added again.
      await withTimeout(closing, 1_500, "Closing the queues").catch(() =>
        Promise.allSettled([...queues.values()].map((each) => each.disconnect())),
      );
    },
  };
}
