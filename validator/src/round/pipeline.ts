import { type Metagraph, neuronOf } from "@subnetkit/chain/client/metagraph";
import { type BlockClock, roundOf } from "@subnetkit/shared/clock/block-clock";
import { type AppError, appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import { DelayedError, UnrecoverableError } from "bullmq";
import { jobData, type QueueName } from "../queue/jobs.ts";
import { addPairs } from "../organic/add-pairs.ts";
import type { OrganicQueue } from "../organic/organic-queue.ts";
import type { RoundQueues } from "../queue/queues.ts";
import type { Processor } from "../queue/workers.ts";
import type { RoundStore } from "../store/round-store.ts";
import { logFaults } from "./log-faults.ts";
import type { ScoreStore, Standing } from "../store/score-store.ts";
import type { AskOptions } from "./ask.ts";
import { knownMiners } from "./known-miners.ts";
import { makePlan } from "./plan.ts";
import type { Plan } from "./plan-record.ts";
import { foreignPatienceMs, foreignPlan } from "./plan-version.ts";
import { type QueryModules, queryChunk } from "./query.ts";
import { reconcileRounds } from "./reconcile.ts";
import { createRoundWatch } from "./round-watch.ts";
import type { Sampling } from "./sampling.ts";
import { createSeenMemory, median } from "./seen.ts";
import { type SettledRound, type SettleModules, settleRound } from "./settle.ts";
import { createTurns } from "./turns.ts";

/** What planning goes by. */
export type PlanWorkOptions = {
  readonly netuid: number;
  readonly hotkey: string;
  readonly salt: Uint8Array;
  readonly alpha: number;
  readonly roundBlocks: number;
  readonly roundMs: number;
  /** How many of the miners are asked in a round, and which; default everyone. */
  readonly sampling?: Sampling;
  /** Users' requests whose answers are scored with one round, at most; default none. */
  readonly organicPerRound?: number;
  /** How long a dead worker's job takes to come back, for judging what is late. */
  readonly takeoverMs: number;
};

export type PlanWorkModules = {
  readonly clock: Pick<BlockClock, "head">;
  readonly metagraph: () => Metagraph | undefined;
  /** Fingerprints of the TLS keys that miners publish; none when they are not asked over TLS. */
  readonly fingerprints?: (() => ReadonlyMap<string, Uint8Array>) | undefined;
  readonly subnet: SubnetDefinition;
  readonly rounds: RoundStore;
  readonly scores: ScoreStore;
  readonly queues: RoundQueues;
  /** Users' requests that wait to be scored. */
  readonly organic: OrganicQueue;
  readonly nowMs: () => number;
  readonly onAbandoned: (round: number) => void;
  readonly log: Logger;
};

export type ScoreWorkModules = Omit<SettleModules, "memory" | "turns"> &
  ForeignHooks & { readonly onSettled: (round: SettledRound) => void };

/** What is told of jobs that are left to another version of the subnet. */
type ForeignHooks = { readonly onForeign?: (queue: QueueName) => void; readonly log: Logger };

/** Rounds that may be open at once; past it new ones are not planned until the backlog is done. */
export const maxOpenRounds = 4;

/** How long a job that came too early is put off, milliseconds: a settle that has waited for its turn in vain, a plan whose first block has not come here yet. */
const tooEarlyDelayMs = 250;

/** How long a job of a round of another version of the subnet is left alone, milliseconds: another process may take it then, or this one again. */
const foreignDelayMs = 500;

/**
 * The work of the plan role: draws the rounds, and looks after those under way. Several processes may do it at once: the first plan of a round counts.
 * What a job returns is a word or a count; data stays in the store.
 */
export function planWork(options: PlanWorkOptions, modules: PlanWorkModules): Record<"plan" | "tick", Processor> {
  const { netuid, hotkey, roundBlocks, roundMs } = options;
  const { rounds, queues, scores, metagraph, fingerprints, clock, subnet, nowMs, log } = modules;
  const watch = createRoundWatch();

  /** The plan of a round, or why there is none. */
  async function planFor(
    round: number,
  ): Promise<Plan | "early" | "late" | "not registered" | "backlog" | "nobody to ask" | "settled"> {
    const [pinned, open, standings] = await Promise.all([rounds.plan(round), rounds.open(), scores.standings()]);
    if (pinned !== undefined) return pinned;
    const head = clock.head();
    const view = metagraph();
    if (head === undefined || view === undefined) throw appError("E_PLAN_MISSING", { round });
    const now = roundOf(head.number, roundBlocks);
    if (now !== round) return now < round ? "early" : "late";
    if (neuronOf(view, hotkey) === undefined) return "not registered";
    if (open.length >= maxOpenRounds) return "backlog";
    const samples = options.sampling !== undefined && options.sampling.policy !== "everyone";
    const known = knownMiners(standings, samples ? await Promise.all(open.map((one) => rounds.plan(one))) : []);
    const scored = new Set(standings.keys());
    const latencies = usualLatencies(standings.values());
    const facts = { head, metagraph: view, fingerprints: fingerprints?.(), latencies, subnet, scored, known };
    const made = makePlan({ ...options, ...facts, round, nowMs: nowMs() });
    if (made === undefined) return "nobody to ask";
    const perRound = options.organicPerRound ?? 0;
    const whole = await addPairs(made, { perRound, nowMs: nowMs() }, { queue: modules.organic, subnet });
    const first = await rounds.pin(whole.plan, whole.texts);
    // Whoever plans the round before or after has some of the pairs: this round goes without any.
    const answer = first.kind === "taken" ? await rounds.pin(made) : first;
    return answer.kind === "pinned" ? answer.plan : "settled";
  }

  return {
    async plan(job, _signal, token) {
      const { round } = jobData.plan.parse(job.data);
      const plan = await planFor(round);
      // The library stamps a job by its process's own clock.
      if (plan === "early" && Date.now() < job.timestamp + roundMs) {
        // Another machine saw the block first; this one will in a moment.
        await job.moveToDelayed(Date.now() + tooEarlyDelayMs, token);
        throw new DelayedError();
      }
      if (typeof plan === "string") {
        log.debug({ round, why: plan }, "a round was not planned");
        return plan;
      }
      await queues.addRound(plan);
      return plan.miners.length;
    },
    async tick(_job, signal) {
      const repairs = await reconcileRounds({ lateAfterMs: options.takeoverMs }, { rounds, queues, watch }, signal);
      for (const { round, action } of repairs) {
        if (action === "abandoned") modules.onAbandoned(round);
        log.warn({ round, netuid, action }, "a round needed repair");
      }
      return repairs.length;
    },
  };
}

/** How long miners usually take, of those that ever answered. */
function usualLatencies(standings: Iterable<Standing>): ReadonlyMap<string, number> {
  return new Map(
    [...standings].flatMap(({ hotkey, seen }): [string, number][] => {
      const usual = median(seen?.latencies ?? []);
      return usual === undefined ? [] : [[hotkey, usual]];
    }),
  );
}

/** The work of the query role: asks the miners of a chunk. Everything it must know is in the plan. */
export function queryWork(ask: AskOptions, modules: QueryModules & ForeignHooks): Record<"query", Processor> {
  const leave = leaveForeign("query", modules);
  return {
    async query(job, signal, token) {
      const { round, taskId, chunk } = jobData.query.parse(job.data);
      const plan = await modules.rounds.plan(round);
      if (plan === undefined) throw appError("E_PLAN_MISSING", { round });
      const foreign = foreignPlan(plan, modules.subnet);
      // After its time nobody is asked, whoever has the job.
      if (foreign !== undefined && modules.nowMs() <= plan.deadlineMs) await leave(foreign, round, job, token);
      return await queryChunk({ plan, taskId, chunk }, ask, modules, signal);
    },
  };
}

/** The work of the score role: scores a round and counts it, in the order of the rounds. */
export function scoreWork(modules: ScoreWorkModules): Record<"settle", Processor> {
  const { onSettled, rounds, nowMs, log } = modules;
  const leave = leaveForeign("settle", modules);
  const own = { ...modules, memory: createSeenMemory(), turns: createTurns(modules.rounds) };
  return {
    async settle(job, signal, token) {
      const { round } = jobData.settle.parse(job.data);
      const settled = await settleRound(round, own, signal).catch(async (error: unknown) => {
        if (isAppError(error, "E_PLAN_VERSION")) {
          const plan = await rounds.plan(round);
          if (plan !== undefined && nowMs() <= plan.deadlineMs + foreignPatienceMs)
            await leave(error, round, job, token);
        }
        throw isHopeless(error) ? new UnrecoverableError(errorMessage(error)) : error;
      });
      onSettled(settled);
      if (settled.result === "too-early") {
        await job.moveToDelayed(Date.now() + tooEarlyDelayMs, token);
        throw new DelayedError();
      }
      if (settled.result === "applied") logFaults(round, settled.faults, log);
      return settled.result;
    },
  };
}

/** A round without a plan, or whose plan this version of the subnet does not understand: another attempt would end the same. */
function isHopeless(error: unknown): boolean {
  return (["E_PLAN_MISSING", "E_PLAN_VERSION", "E_INTERNAL"] as const).some((code) => isAppError(error, code));
}

/** Puts jobs of rounds of another version of the subnet back for a process that has it: said once for each round. */
function leaveForeign(queue: QueueName, { onForeign, log }: ForeignHooks) {
  let told = -1;
  return async (why: AppError, round: number, job: Parameters<Processor>[0], token: string): Promise<never> => {
    onForeign?.(queue);
    const { code, data } = why;
    const { planned, ours } = data;
    log[round > told ? "warn" : "debug"](
      { round, queue, code, planned, ours },
      "a round was planned under another version of the subnet: its job is left to a process that has it",
    );
    told = Math.max(told, round);
    await job.moveToDelayed(Date.now() + foreignDelayMs, token);
    throw new DelayedError();
  };
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
