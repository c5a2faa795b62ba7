import { appError } from "@subnetkit/shared/errors/app-error";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import { type ConnectionOptions, FlowProducer, Queue } from "bullmq";
import { producerOptions, type QueueConnection, queueConnection } from "./connection.ts";
import type { RedisAddress } from "./redis-url.ts";
import { jobId, jobOptions, type QueueName, queueNames } from "./jobs.ts";
import type { Plan } from "../round/plan-record.ts";
import { chunksOf } from "../round/plan.ts";

export type QueuesOptions = {
  readonly address: RedisAddress;
  readonly prefix: string;
  readonly netuid: number;
  /** The queues to open; default all, which whoever plans needs. */
  readonly names?: readonly QueueName[];
};
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
  /** What became of the settle of a round and of its late settle: `failed` when either has, `completed` when the last of them is. */
  settleState(round: number): Promise<JobState>;
  /** Puts settle jobs that failed for good back to work. */
  retrySettle(round: number): Promise<void>;
  /**
   * Asks for a tick now and every `everyMs` from now on; of those that several processes ask for, one waits at a time. By a timer of this process and not by
   * the library's scheduler, which goes by the wall clock: set back by an hour, it would not tick for an hour.
   */
  startTick(everyMs: number): Promise<void>;
  /** Jobs by queue that wait for a worker; 0 for queues that are not open here. */
  waiting(): Promise<Readonly<Record<QueueName, number>>>;
  close(): Promise<void>;
}

/**
 * Makes the queues. Call it only after Redis has answered: a queue made on a dead Redis hangs, or stays broken (E_TIMEOUT tells). The
 * connections are the queue library's own, never shared with a worker.
 */
export async function createQueues(options: QueuesOptions, { onError }: QueuesModules): Promise<RoundQueues> {
  const { prefix, netuid, names = queueNames } = options;
  const connections: QueueConnection[] = [];
  const connect = (where: string): ConnectionOptions => {
    const made = queueConnection(producerOptions(options.address), (error) => onError(where, error));
    connections.push(made);
    return made.connection;
  };
  const queues = new Map(
    names.map((name) => {
      const queue = new Queue(name, {
        connection: connect(`queue ${name}`),
        prefix,
        defaultJobOptions: jobOptions,
        streams: { events: { maxLen: 1_000 } },
      });
      queue.on("error", (error) => onError(`queue ${name}`, error));
      return [name, queue] as const;
    }),
  );
  const flows = names.includes("plan") ? new FlowProducer({ connection: connect("flow"), prefix }) : undefined;
  flows?.on("error", (error) => onError("flow", error));
  const queue = (name: QueueName): Queue => {
    const open = queues.get(name);
    if (open === undefined) throw notOpen(name);
    return open;
  };
  const call = <T>(name: string, work: Promise<T>): Promise<T> => withTimeout(work, callDeadlineMs, name);

  await withTimeout(
    Promise.all([...[...queues.values()].map((each) => each.waitUntilReady()), flows?.waitUntilReady()]),
    5_000,
    "Opening the queues",
  );

  let ticking: NodeJS.Timeout | undefined;
  async function addTick(): Promise<void> {
    const kept = { removeOnComplete: { count: 10 }, removeOnFail: { count: 100 } };
    // One that fails is not worth another attempt: the next one comes anyway.
    const opts = { ...kept, attempts: 1, deduplication: { id: "tick" } };
    await call("Asking for a tick", queue("tick").add("tick", {}, opts));
  }

  return {
    async addPlan(round) {
      await call("Adding a plan job", queue("plan").add("plan", { round }, { jobId: jobId.plan(netuid, round) }));
    },
    async addRound(plan) {
      if (flows === undefined) throw notOpen("plan");
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
      const ids = [jobId.settle(netuid, round), jobId.lateSettle(netuid, round)];
      const states = await Promise.all(ids.map((id) => call("Reading a job's state", queue("settle").getJobState(id))));
      const [own, late] = states;
      if (states.includes("failed")) return "failed";
      if (late === "completed" || (late === "unknown" && own === "completed")) return "completed";
      return own === "unknown" && late === "unknown" ? "absent" : "pending";
    },
    async retrySettle(round) {
      for (const id of [jobId.settle(netuid, round), jobId.lateSettle(netuid, round)]) {
        const job = await call("Reading a job", queue("settle").getJob(id));
        if (job === undefined || (await call("Reading a job's state", job.getState())) !== "failed") continue;
        await call("Retrying a job", job.retry("failed"));
      }
    },
    async startTick(everyMs) {
      await addTick();
      ticking ??= setInterval(() => {
        addTick().catch((error: unknown) => onError("tick", error));
      }, everyMs);
    },
    async waiting() {
      const waiting = { plan: 0, query: 0, settle: 0, tick: 0 };
      await Promise.all(
        names.map(async (name) => {
          const counts = await call("Counting jobs", queue(name).getJobCounts("waiting", "prioritized"));
          waiting[name] = Object.values(counts).reduce((sum, count) => sum + count, 0);
        }),
      );
      return waiting;
    },
    async close() {
      clearInterval(ticking);
      const closing = Promise.allSettled([flows?.close(), ...[...queues.values()].map((each) => each.close())]);
      // A close on a hung Redis never ends; what is cut off here has ids and is added again.
      await withTimeout(closing, 1_500, "Closing the queues").catch(() =>
        Promise.allSettled([...queues.values()].map((each) => each.disconnect())),
      );
      for (const each of connections) each.disconnect();
    },
  };
}

function notOpen(name: QueueName): Error {
  return appError("E_INTERNAL", { what: `queue ${name} is not open in this process` });
}
