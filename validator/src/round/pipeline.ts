import { type Metagraph, neuronOf } from "@subnetkit/chain/client/metagraph";
import type { BlockClock } from "@subnetkit/shared/clock/block-clock";
import { roundOf } from "@subnetkit/shared/clock/block-clock";
import type { Logger } from "@subnetkit/shared/log/logger";
import { type AppError, appError } from "@subnetkit/shared/errors/app-error";
import { DelayedError } from "bullmq";
import { jobData, type QueueName } from "../queue/jobs.ts";
import type { RoundQueues } from "../queue/queues.ts";
import type { Processor } from "../queue/workers.ts";
import type { ScoreStore } from "../store/score-store.ts";
import type { AskOptions } from "./ask.ts";
import { makePlan } from "./plan.ts";
import { type QueryModules, queryChunk } from "./query.ts";
import { reconcileRounds } from "./reconcile.ts";
import { type RoundWitness, type SettledRound, settleRound } from "./settle.ts";

export type PipelineOptions = {
  readonly netuid: number;
  readonly hotkey: string;
  readonly salt: Uint8Array;
  readonly alpha: number;
  readonly roundBlocks: number;
  readonly roundMs: number;
  /** How miners are asked, and which of their answers count. */
  readonly ask: AskOptions;
  /** How long a dead worker's job takes to come back, for judging what is late. */
  readonly takeoverMs: number;
};

/** What rounds tell about. */
export type PipelineHooks = {
  readonly onSettled: (round: SettledRound) => void;
  readonly onAbandoned: (round: number) => void;
};

export type PipelineModules = QueryModules & {
  readonly clock: Pick<BlockClock, "head">;
  readonly metagraph: () => Metagraph | undefined;
  readonly queues: RoundQueues;
  readonly scores: ScoreStore;
  readonly log: Logger;
  readonly hooks: PipelineHooks;
  /** Keeps evidence of rounds. */
  readonly witness?: RoundWitness | undefined;
};

/** Rounds that may be open at once; past it new ones are not planned until the backlog is done. */
const maxOpenRounds = 4;

/** How long a settle job that came before its turn waits, milliseconds. */
const tooEarlyDelayMs = 250;

/** The work of each queue: the round from plan to scores. What a job returns is a word or a count; data stays in the store. */
export function createPipeline(options: PipelineOptions, modules: PipelineModules): Record<QueueName, Processor> {
  const { netuid, hotkey, roundBlocks } = options;
  const { rounds, queues, scores, metagraph, clock, subnet, nowMs, log, hooks } = modules;
  const repairLimits = {
    lateAfterMs: options.takeoverMs,
    abandonAfterMs: 4 * options.takeoverMs + options.roundMs,
    watchedSinceMs: nowMs(),
  };

  async function planFor(round: number): Promise<ReturnType<typeof makePlan> | string> {
    const pinned = await rounds.plan(round);
    if (pinned !== undefined) return pinned;
    const head = clock.head();
    const view = metagraph();
    if (head === undefined || view === undefined) throw appError("E_PLAN_MISSING", { round });
    if (roundOf(head.number, roundBlocks) !== round) return "late";
    if (neuronOf(view, hotkey) === undefined) return "not registered";
    if ((await rounds.open()).length >= maxOpenRounds) return "backlog";
    const scored = new Set((await scores.standings()).keys());
    const made = makePlan({ ...options, round, head, metagraph: view, subnet, scored, nowMs: nowMs() });
    if (made === undefined) return "nobody to ask";
    const answer = await rounds.pin(made);
    return answer.kind === "pinned" ? answer.plan : "settled";
  }

  return {
    async plan(job) {
      const { round } = jobData.plan.parse(job.data);
      const plan = await planFor(round);
      if (plan === undefined || typeof plan === "string") {
        log.debug({ round, why: plan }, "a round was not planned");
        return plan;
      }
      await queues.addRound(plan);
      return plan.miners.length;
    },
    async query(job, signal) {
      const { round, taskId, chunk } = jobData.query.parse(job.data);
      const plan = await rounds.plan(round);
      if (plan === undefined) throw appError("E_PLAN_MISSING", { round });
      return await queryChunk({ plan, taskId, chunk }, options.ask, modules, signal);
    },
    async settle(job, signal, token) {
      const { round } = jobData.settle.parse(job.data);
      const settled = await settleRound(round, modules, signal);
      if (settled.result === "too-early") {
        hooks.onSettled(settled);
        await job.moveToDelayed(Date.now() + tooEarlyDelayMs, token);
        throw new DelayedError();
      }
      if (settled.result === "applied") logFaults(round, settled.faults, log);
      hooks.onSettled(settled);
      return settled.result;
    },
    async tick(_job, signal) {
      const repairs = await reconcileRounds(repairLimits, { rounds, queues, nowMs }, signal);
      for (const { round, action } of repairs) {
        if (action === "abandoned") hooks.onAbandoned(round);
        log.warn({ round, netuid, action }, "a round needed repair");
      }
      return repairs.length;
    },
  };
}

/**
 * The author's code failed: one line per round, with the first fault. What the scorer said may repeat a miner's reply, and a miner that can break the
 * scorer can do so in every round, so the words stay at debug.
 */
function logFaults(round: number, faults: readonly AppError[], log: Logger): void {
  const [first] = faults;
  if (first === undefined) return;
  const { code } = first;
  const { task, uid } = first.data;
  log.warn({ round, faults: faults.length, code, task, uid }, "the subnet's scorer failed");
  for (const fault of faults) log.debug({ round, err: fault }, "a fault of the subnet's scorer");
}

/** Drops the scores of hotkeys that left the subnet at least `afterRounds` rounds ago. Gives how many. */
export async function forgetGone(
  scores: ScoreStore,
  registered: ReadonlySet<string>,
  round: number,
  afterRounds = 1_000,
): Promise<number> {
  const gone = [...(await scores.standings()).values()].filter(
    ({ hotkey, seen }) => !registered.has(hotkey) && round - (seen?.round ?? 0) >= afterRounds,
  );
  await scores.forget(gone.map(({ hotkey }) => hotkey));
  return gone.length;
}
