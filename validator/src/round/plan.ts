import type { Metagraph, Neuron } from "@subnetkit/chain/client/metagraph";
import type { Head } from "@subnetkit/shared/clock/block-clock";
import { roundSeed, type SubnetDefinition, taskShares } from "@subnetkit/shared/subnet";
import type { Plan, PlannedMiner } from "./plan-record.ts";

/** What a plan is made from. */
export type PlanInput = {
  readonly round: number;
  readonly head: Head;
  readonly metagraph: Metagraph;
  readonly subnet: SubnetDefinition;
  /** ss58 of this validator. */
  readonly hotkey: string;
  /** The validator's secret part of the seed. */
  readonly salt: Uint8Array;
  readonly alpha: number;
  /** Hotkeys that have a score: they stay miners even when they stop announcing an address. */
  readonly scored: ReadonlySet<string>;
  readonly nowMs: number;
  /** How long one round lasts, milliseconds. */
  readonly roundMs: number;
};

/** Hotkeys asked by one job. A crash repeats that much. */
export const chunkSize = 32;

/** Makes the plan of a round. Pure: the same input gives the same plan. Undefined when there is nobody to ask. */
export function makePlan(input: PlanInput): Plan | undefined {
  const { round, head, metagraph, subnet, hotkey, salt, alpha, nowMs } = input;
  const miners = selectMiners(metagraph, hotkey, input.scored);
  if (miners.length === 0) return undefined;
  const slowestMs = Math.max(...Object.values(subnet.tasks).map((task) => task.limits.timeoutMs));
  return {
    version: 1,
    netuid: metagraph.netuid,
    round,
    block: head.number,
    blockHash: head.hash,
    seed: roundSeed({ blockHash: head.hash, validatorHotkey: hotkey, round, secret: salt }),
    alpha,
    plannedAtMs: nowMs,
    // A job taken over from a dead worker may still ask within the round; later its miners are skipped.
    deadlineMs: nowMs + Math.max(input.roundMs, slowestMs),
    tasks: Object.entries(taskShares(subnet)).map(([id, share]) => ({ id, share })),
    miners,
  };
}

/**
 * Who is asked: every registered hotkey but our own, and but neurons that look like validators (stake, no address, never scored). A miner
 * that was scored once stays in, so that going offline costs score instead of freezing it.
 */
export function selectMiners(metagraph: Metagraph, ownHotkey: string, scored: ReadonlySet<string>): PlannedMiner[] {
  const isMiner = (neuron: Neuron): boolean =>
    neuron.hotkey !== ownHotkey &&
    (neuron.axon !== undefined || scored.has(neuron.hotkey) || !(neuron.validatorPermit || neuron.totalStakeRao > 0n));
  return metagraph.neurons.filter(isMiner).map(({ hotkey, uid, axon }) => ({
    hotkey,
    uid,
    endpoint: axon === undefined ? null : { ip: axon.ip, port: axon.port, ipType: axon.ipType, version: axon.version },
  }));
}

/** The miners in pieces of {@link chunkSize}, in the order of the plan. */
export function chunksOf(miners: readonly PlannedMiner[], size = chunkSize): (readonly PlannedMiner[])[] {
  return Array.from({ length: Math.ceil(miners.length / size) }, (_, i) => miners.slice(i * size, (i + 1) * size));
}
