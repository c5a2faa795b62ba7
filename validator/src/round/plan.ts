import type { Metagraph, Neuron } from "@subnetkit/chain/client/metagraph";
import type { Head } from "@subnetkit/shared/clock/block-clock";
import { roundSeed, type SubnetDefinition, taskShares } from "@subnetkit/shared/subnet";
import { bareHex } from "@subnetkit/shared/util/bytes";
import type { Plan, PlannedMiner } from "./plan-record.ts";
import { drawSample, type KnownMiner, sampleOf, type Sampling } from "./sampling.ts";

/** What a plan is made from. */
export type PlanInput = {
  readonly round: number;
  readonly head: Head;
  readonly metagraph: Metagraph;
  /** Fingerprints of the TLS keys that hotkeys publish; default none. */
  readonly fingerprints?: ReadonlyMap<string, Uint8Array> | undefined;
  /** How long hotkeys usually take to answer, milliseconds; default unknown. */
  readonly latencies?: ReadonlyMap<string, number> | undefined;
  readonly subnet: SubnetDefinition;
  /** ss58 of this validator. */
  readonly hotkey: string;
  /** The validator's secret part of the seed. */
  readonly salt: Uint8Array;
  readonly alpha: number;
  /** Hotkeys that have a score: they stay miners even when they stop announcing an address. */
  readonly scored: ReadonlySet<string>;
  /** How many of the miners are asked, and which; default everyone. */
  readonly sampling?: Sampling | undefined;
  /** What a sample is drawn by, of hotkeys that have a score. */
  readonly known?: ReadonlyMap<string, KnownMiner>;
  readonly nowMs: number;
  /** How long one round lasts, milliseconds. */
  readonly roundMs: number;
};

/** Hotkeys asked by one job. A crash repeats what of it was not answered yet; half as many would cost a round a third more time in the queue. */
export const chunkSize = 64;

/** Makes the plan of a round. Pure: the same input gives the same plan. Undefined when there is nobody to ask. */
export function makePlan(input: PlanInput): Plan | undefined {
  const { round, head, metagraph, subnet, hotkey, salt, alpha, nowMs, fingerprints, latencies } = input;
  const all = selectMiners(metagraph, hotkey, input.scored);
  if (all.length === 0) return undefined;
  const seed = roundSeed({ blockHash: head.hash, validatorHotkey: hotkey, round, secret: salt });
  const sample = input.sampling === undefined ? undefined : sampleOf(input.sampling, all, input.known ?? new Map());
  const drawn = sample === undefined ? undefined : drawSample(sample, seed);
  return {
    version: 1,
    netuid: metagraph.netuid,
    subnet: { name: subnet.name, version: subnet.version },
    round,
    block: head.number,
    blockHash: head.hash,
    seed,
    alpha,
    plannedAtMs: nowMs,
    // A job taken over from a dead worker may still ask within the round; later its miners are skipped.
    deadlineMs: nowMs + Math.max(input.roundMs, slowestTaskMs(subnet)),
    tasks: Object.entries(taskShares(subnet)).map(([id, share]) => ({ id, share })),
    miners: forAsking(drawn === undefined ? all : all.filter(({ hotkey }) => drawn.has(hotkey)), {
      fingerprints,
      latencies,
    }),
    ...(sample === undefined ? {} : { sample }),
  };
}

/** Longest time that a miner has to answer, milliseconds. */
export function slowestTaskMs(subnet: SubnetDefinition): number {
  return Math.max(...Object.values(subnet.tasks).map((task) => task.limits.timeoutMs));
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

/** Adds what helps asking to the miners; what is not known stays absent. */
function forAsking(
  miners: readonly PlannedMiner[],
  { fingerprints, latencies }: Pick<PlanInput, "fingerprints" | "latencies">,
): PlannedMiner[] {
  return miners.map((miner) => {
    const fingerprint = fingerprints?.get(miner.hotkey);
    const expectMs = latencies?.get(miner.hotkey);
    return {
      ...miner,
      ...(expectMs === undefined ? {} : { expectMs }),
      ...(fingerprint === undefined ? {} : { fingerprint: bareHex(fingerprint) }),
    };
  });
}

/**
 * The miners in pieces of {@link chunkSize}: unknown ones first, then from slow to quick, equals in the order of the plan. Signing for all the others then
 * passes while the slowest think.
 */
export function chunksOf(miners: readonly PlannedMiner[], size = chunkSize): (readonly PlannedMiner[])[] {
  const expected = ({ expectMs = Number.MAX_VALUE }: PlannedMiner): number => expectMs;
  const order = [...miners].sort((a, b) => expected(b) - expected(a));
  return Array.from({ length: Math.ceil(order.length / size) }, (_, i) => order.slice(i * size, (i + 1) * size));
}
