import { setMaxListeners } from "node:events";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import type { DialectStore } from "../store/dialect-store.ts";
import type { RoundStore } from "../store/round-store.ts";
import { type AskModules, type AskOptions, askMiner } from "./ask.ts";
import { challengeOf, taskOf } from "./challenge.ts";
import { openDialectMemory } from "./dialects/memory.ts";
import type { Outcome } from "./outcome.ts";
import { chunksOf } from "./plan.ts";
import type { Plan } from "./plan-record.ts";
import { createStager } from "./stager.ts";
import type { MinerTls } from "./tls.ts";

/** One chunk of one task of a round. */
export type ChunkJob = { readonly plan: Plan; readonly taskId: string; readonly chunk: number };

export type QueryModules = Omit<AskModules, "memory"> & {
  readonly subnet: SubnetDefinition;
  readonly rounds: RoundStore;
  readonly dialects: DialectStore;
  /** Takes the certificates that the plan names; absent without TLS. */
  readonly tls?: Pick<MinerTls, "learn"> | undefined;
  readonly onOutcome?: (taskId: string, outcome: Outcome) => void;
  readonly nowMs: () => number;
};

/** What a chunk came to: how many were asked now, had an outcome already, or were left out because the round is over. */
export type ChunkResult = { readonly asked: number; readonly known: number; readonly skipped: number };

/**
 * Asks the miners of a chunk who have no outcome yet, all at once, and keeps each outcome as it comes. Safe to run again after a crash
 * and to run twice at once: the first outcome of a miner stays. After the round's deadline nobody is asked.
 */
export async function queryChunk(
  job: ChunkJob,
  options: AskOptions,
  modules: QueryModules,
  signal: AbortSignal,
): Promise<ChunkResult> {
  const { plan, taskId } = job;
  const { rounds, subnet, nowMs } = modules;
  const miners = chunksOf(plan.miners)[job.chunk] ?? [];
  const [staged, memory] = await Promise.all([
    rounds.stagedHotkeys(plan.round, taskId),
    openDialectMemory(miners, { store: modules.dialects, nowMs }),
  ]);
  const missing = miners.filter((miner) => !staged.has(miner.hotkey));
  const known = miners.length - missing.length;
  if (missing.length === 0) return { asked: 0, known, skipped: 0 };
  if (nowMs() > plan.deadlineMs) return { asked: 0, known, skipped: missing.length };

  modules.tls?.learn(missing);
  const task = taskOf(subnet, taskId);
  const { requestJson } = await challengeOf(plan, task, signal);
  // A failover may bring another plan of the round while they are asked: answers to the old one are not kept for the new.
  const stager = createStager((outcomes) => rounds.stage(plan.round, taskId, outcomes, plan));
  // Every miner that is asked listens to it.
  setMaxListeners(missing.length + 10, signal);
  let asked = 0;
  await Promise.all(
    missing.map(async (miner) => {
      const outcome = await askMiner(miner, { task, requestJson, signal }, options, { ...modules, memory });
      if (outcome === undefined) return;
      asked += 1;
      modules.onOutcome?.(taskId, outcome);
      stager.add(miner.hotkey, outcome);
    }),
  );
  await stager.flush();
  await memory.flush();
  signal.throwIfAborted();
  return { asked, known, skipped: missing.length - asked };
}
