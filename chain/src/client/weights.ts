import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { encodeWeightsPayload, timelockEncrypt } from "@subnetkit/shared/crypto/timelock";
import { appError } from "@subnetkit/shared/errors/app-error";
import { bytesToHex, hexToBytes } from "@subnetkit/shared/util/bytes";
import { composeCall } from "./call.ts";
import type { ChainClient } from "./chain-client.ts";
import { nextEpochBlock } from "./metagraph.ts";
import { type Beacon, type RevealWindow, revealRound, revealWindow } from "./reveal-round.ts";
import { readBigInt, readBool, readNumber, readStorage } from "./storage.ts";
import { type Submission, type SubmitOptions, submitCall } from "./submit.ts";
import { type WeightVector, weightsCommitHash } from "./weights-commit-hash.ts";

export type { WeightVector } from "./weights-commit-hash.ts";

/** How a subnet wants its weights (spec/subtensor-interface.md 5.1, 6, 7), as of one block. */
export type WeightsSetup = {
  readonly netuid: number;
  readonly block: number;
  readonly commitRevealEnabled: boolean;
  /** 4 for timelocked commits. */
  readonly commitRevealVersion: number;
  readonly revealPeriodEpochs: number;
  /** 0 accepts any; otherwise a validator must send at least this. */
  readonly versionKey: bigint;
  readonly rateLimitBlocks: number;
  readonly minAllowedWeights: number;
  readonly uidCount: number;
  readonly tempo: number;
  /** Undefined for a subnet that never runs an epoch. */
  readonly nextEpochBlock: number | undefined;
  readonly stakeThresholdRao: bigint;
};

/** Reads how a subnet wants its weights. */
export async function weightsSetup(client: ChainClient, netuid: number): Promise<WeightsSetup> {
  const head = client.head();
  const at = { at: head.hash };
  const number = (item: string, keys: readonly unknown[] = [netuid]): Promise<number> =>
    readNumber(client, "subtensorModule", item, keys, at);
  const [enabled, version, period, versionKey, rateLimit, minCount, uidCount, tempo, nextEpoch, threshold] =
    await Promise.all([
      readBool(client, "subtensorModule", "commitRevealWeightsEnabled", [netuid], at),
      number("commitRevealWeightsVersion", []),
      number("revealPeriodEpochs"),
      readBigInt(client, "subtensorModule", "weightsVersionKey", [netuid], at),
      number("weightsSetRateLimit"),
      number("minAllowedWeights"),
      number("subnetworkN"),
      number("tempo"),
      nextEpochBlock(client, netuid, at),
      readBigInt(client, "subtensorModule", "stakeThreshold", [], at),
    ]);
  return {
    netuid,
    block: head.number,
    commitRevealEnabled: enabled,
    commitRevealVersion: version,
    revealPeriodEpochs: period,
    versionKey,
    rateLimitBlocks: rateLimit,
    minAllowedWeights: minCount,
    uidCount,
    tempo,
    nextEpochBlock: nextEpoch,
    stakeThresholdRao: threshold,
  };
}

/** Which weights, for which subnet, signed by which hotkey. `versionKey` defaults to the chain's. */
export type WeightsRequest = WeightVector & {
  readonly netuid: number;
  readonly hotkey: Keypair;
  readonly versionKey?: bigint;
};

/** A timelocked commit: what became of it, and when and by which beacon round the chain will open it. */
export type TimelockedCommit = {
  readonly submission: Submission;
  readonly revealRound: bigint;
  readonly window: RevealWindow;
  /** 0x hex of the encrypted commit; its blake2-256 is in the chain's `TimelockedWeightsCommitted` event. */
  readonly commitHex: string;
};

/**
 * Encrypts weights to the beacon round of their reveal window and commits them (version 4). Everything, the beacon's key included, is
 * read from the chain, so a local network with a beacon of its own works like the real one. Throws E_CHAIN_SHAPE for a subnet without
 * epochs, E_SUBNET_UNKNOWN, and the errors of `rpc`.
 */
export async function commitTimelockedWeights(
  client: ChainClient,
  request: WeightsRequest,
  options: SubmitOptions,
): Promise<TimelockedCommit> {
  const { netuid, hotkey } = request;
  const setup = await weightsSetup(client, netuid);
  const plan = await planReveal(client, setup);
  const payload = encodeWeightsPayload({
    hotkey: hotkey.publicKey,
    uids: request.uids,
    values: request.values,
    versionKey: request.versionKey ?? setup.versionKey,
  });
  const commit = timelockEncrypt(payload, plan.round, plan.beacon.publicKey);
  const call = composeCall(client, "subtensorModule", "commitTimelockedWeights", [
    netuid,
    bytesToHex(commit),
    plan.round,
    setup.commitRevealVersion,
  ]);
  const submission = await submitCall(client, call, hotkey, options);
  return { submission, revealRound: plan.round, window: plan.window, commitHex: bytesToHex(commit) };
}

/** Window and round for a commit that lands in the next block. */
export async function planReveal(
  client: ChainClient,
  setup: WeightsSetup,
): Promise<{ readonly window: RevealWindow; readonly round: bigint; readonly beacon: Beacon }> {
  const head = client.head();
  const [beacon, headTimeMs, lastRound] = await Promise.all([
    readBeacon(client),
    readNumber(client, "timestamp", "now", [], { at: head.hash }),
    readBigInt(client, "drand", "lastStoredRound", [], { at: head.hash }),
  ]);
  const { tempo, revealPeriodEpochs: periodEpochs } = setup;
  if (setup.nextEpochBlock === undefined || tempo === 0) {
    throw appError("E_CHAIN_SHAPE", {
      what: `subnet ${setup.netuid}`,
      reason: "it runs no epochs, so nothing would be revealed",
    });
  }
  const window = revealWindow({
    commitBlock: head.number + 1,
    nextEpochBlock: setup.nextEpochBlock,
    tempo,
    periodEpochs,
  });
  const wanted = revealRound({ window, tempo, headBlock: head.number, headTimeMs, blockMs: client.blockMs, beacon });
  // The chain's guard refuses a round that its beacon has passed; the next one is then the earliest that still hides anything.
  const round = wanted > lastRound ? wanted : lastRound + 1n;
  return { window, round, beacon };
}

/** The beacon that the chain checks pulses against. */
export async function readBeacon(client: ChainClient): Promise<Beacon> {
  const raw = (await readStorage(client, "drand", "beaconConfig"))?.toJSON() as {
    readonly publicKey?: string;
    readonly genesisTime?: number;
    readonly period?: number;
  } | null;
  if (typeof raw?.publicKey !== "string" || !raw.period || raw.genesisTime === undefined) {
    throw appError("E_CHAIN_SHAPE", {
      what: "drand.beaconConfig",
      reason: "it has no public key, genesis time or period",
    });
  }
  return { publicKey: hexToBytes(raw.publicKey), genesisTimeS: raw.genesisTime, periodS: raw.period };
}

/** Commits the hash of weights; the same weights, salt and version key have to be revealed one reveal period later. */
export function commitWeightsHash(
  client: ChainClient,
  request: WeightsRequest & { readonly salt: readonly number[]; readonly versionKey: bigint },
  options: SubmitOptions,
): Promise<Submission> {
  const { netuid, hotkey, uids, values, salt, versionKey } = request;
  const hash = weightsCommitHash({ hotkey: hotkey.publicKey, netuid, uids, values, salt, versionKey });
  return submitCall(client, composeCall(client, "subtensorModule", "commitWeights", [netuid, hash]), hotkey, options);
}

/** Reveals a hash commit. */
export function revealWeights(
  client: ChainClient,
  request: WeightsRequest & { readonly salt: readonly number[]; readonly versionKey: bigint },
  options: SubmitOptions,
): Promise<Submission> {
  const { netuid, hotkey, uids, values, salt, versionKey } = request;
  const call = composeCall(client, "subtensorModule", "revealWeights", [
    netuid,
    [...uids],
    [...values],
    [...salt],
    versionKey,
  ]);
  return submitCall(client, call, hotkey, options);
}

/** Sets weights directly, on a subnet with commit-reveal off. */
export async function setWeights(
  client: ChainClient,
  request: WeightsRequest,
  options: SubmitOptions,
): Promise<Submission> {
  const { netuid, hotkey, uids, values } = request;
  const versionKey = request.versionKey ?? (await readBigInt(client, "subtensorModule", "weightsVersionKey", [netuid]));
  const call = composeCall(client, "subtensorModule", "setWeights", [netuid, [...uids], [...values], versionKey]);
  return submitCall(client, call, hotkey, options);
}

/** The weights row of a uid as the chain holds it now. */
export async function readWeights(client: ChainClient, netuid: number, uid: number): Promise<WeightVector> {
  const pairs = (await readStorage(client, "subtensorModule", "weights", [netuid, uid]))?.toJSON();
  const rows = Array.isArray(pairs) ? (pairs as unknown as readonly (readonly [number, number])[]) : [];
  return { uids: rows.map(([target]) => target), values: rows.map(([, value]) => value) };
}
