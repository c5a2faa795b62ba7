import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { encodeWeightsPayload, timelockEncrypt } from "@subnetkit/shared/crypto/timelock";
import { appError } from "@subnetkit/shared/errors/app-error";
import { bytesToHex, hexToBytes } from "@subnetkit/shared/util/bytes";
import { type Call, composeCall } from "./call.ts";
import type { BlockRef, ChainClient } from "./chain-client.ts";
import { nextEpochBlock } from "./metagraph.ts";
import { type Beacon, type RevealWindow, revealRound, revealWindow } from "./reveal-round.ts";
import { type AtBlock, readBigInt, readBool, readNumber, readStorage } from "./storage.ts";
import { type Submission, type SubmitOptions, submitCall } from "./submit.ts";
import { type WeightVector, weightsCommitHash } from "./weights-commit-hash.ts";
import { timelockedCommitHash } from "./weights-traces.ts";

export type { WeightVector } from "./weights-commit-hash.ts";

/** How a subnet wants its weights (spec/subtensor-interface.md 5.1, 6, 7), as of one block. */
export type WeightsSetup = {
  readonly netuid: number;
  readonly block: number;
  readonly commitRevealEnabled: boolean;
  /** 4 for timelocked commits, at most 2 where weights are committed as a hash. */
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

/** Reads how a subnet wants its weights, as of a block (the newest where absent). */
export async function weightsSetup(
  client: ChainClient,
  netuid: number,
  head: Pick<BlockRef, "number" | "hash"> = client.head(),
): Promise<WeightsSetup> {
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
  /** Round that a timelocked commit opens at, at the earliest: that of a commit which this one is to stand for, since the chain takes the row opened last. */
  readonly notBeforeRound?: bigint;
};

/** A timelocked commit: what became of it, and when and by which beacon round the chain will open it. */
export type TimelockedCommit = {
  readonly submission: Submission;
  readonly revealRound: bigint;
  readonly window: RevealWindow;
  /** 0x hex of the encrypted commit; its blake2-256 is in the chain's `TimelockedWeightsCommitted` event. */
  readonly commitHex: string;
};

/** A timelocked commit that is encrypted and composed, not yet signed. */
export type PreparedTimelock = Omit<TimelockedCommit, "submission"> & {
  readonly call: Call;
  /** Blake2-256 of the encrypted commit, 0x hex. */
  readonly commitHash: string;
};

/**
 * Encrypts weights to the beacon round of their reveal window (version 4). Everything, the beacon's key included, is read from the chain,
 * so a local network with a beacon of its own works like the real one; `latestRound` may know of newer rounds than the chain does. Throws
 * E_CHAIN_SHAPE for a subnet without epochs, E_SUBNET_UNKNOWN, and the errors of `rpc`.
 */
export async function prepareTimelockedWeights(
  client: ChainClient,
  request: WeightsRequest,
  latestRound?: LatestRound,
): Promise<PreparedTimelock> {
  const { netuid, hotkey, notBeforeRound = 0n } = request;
  const setup = await weightsSetup(client, netuid);
  const plan = await planReveal(client, setup, latestRound);
  const round = plan.round > notBeforeRound ? plan.round : notBeforeRound;
  const payload = encodeWeightsPayload({
    hotkey: hotkey.publicKey,
    uids: request.uids,
    values: request.values,
    versionKey: request.versionKey ?? setup.versionKey,
  });
  const commit = timelockEncrypt(payload, round, plan.beacon.publicKey);
  const commitHex = bytesToHex(commit);
  const args = [netuid, commitHex, round, setup.commitRevealVersion];
  const call = composeCall(client, "subtensorModule", "commitTimelockedWeights", args);
  const commitHash = timelockedCommitHash(commit);
  return { call, revealRound: round, window: plan.window, commitHex, commitHash };
}

/** Encrypts weights and commits them: {@link prepareTimelockedWeights}, then submitted. */
export async function commitTimelockedWeights(
  client: ChainClient,
  request: WeightsRequest,
  options: SubmitOptions,
): Promise<TimelockedCommit> {
  const { call, revealRound, window, commitHex } = await prepareTimelockedWeights(client, request);
  const submission = await submitCall(client, call, request.hotkey, options);
  return { submission, revealRound, window, commitHex };
}

/** The newest round of a beacon that somebody else than the chain knows of; undefined when nobody does. Must have a deadline and not reject. */
export type LatestRound = (beacon: Beacon) => Promise<bigint | undefined>;

/**
 * Window and round for a commit that lands in the next block. A beacon that is known to be further than the chain's clock sets the time, and a round that
 * it has published already hides nothing: it is never chosen, even where the chain has not heard of it yet.
 */
export async function planReveal(
  client: ChainClient,
  setup: WeightsSetup,
  latestRound: LatestRound = async () => undefined,
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
  const published = (await latestRound(beacon)) ?? 0n;
  const nowMs = Math.max(headTimeMs, (beacon.genesisTimeS + (Number(published) - 1) * beacon.periodS) * 1_000);
  const wanted = revealRound({
    window,
    tempo,
    headBlock: head.number,
    headTimeMs: nowMs,
    blockMs: client.blockMs,
    beacon,
  });
  // The chain's guard refuses a round that its beacon has passed; the next one is then the earliest that still hides anything.
  const passed = published > lastRound ? published : lastRound;
  const round = wanted > passed ? wanted : passed + 1n;
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

/** What a hash commit hides, and what opens it. */
export type HashedWeights = WeightVector & {
  /** u16 each. */
  readonly salt: readonly number[];
  readonly versionKey: bigint;
};

/** Composes the commit of the hash of weights; the same weights, salt and version key have to be revealed one reveal period later. */
export function prepareWeightsHash(
  client: ChainClient,
  request: HashedWeights & { readonly netuid: number; readonly hotkey: Keypair },
): { readonly call: Call; readonly commitHash: string } {
  const { netuid, hotkey } = request;
  const commitHash = weightsCommitHash({ ...request, hotkey: hotkey.publicKey });
  return { call: composeCall(client, "subtensorModule", "commitWeights", [netuid, commitHash]), commitHash };
}

/** Reveals hash commits of one epoch, in the order in which they were committed: one by itself, several in one batch that succeeds or fails as a whole. */
export function revealWeights(
  client: ChainClient,
  request: { readonly netuid: number; readonly hotkey: Keypair; readonly reveals: readonly HashedWeights[] },
  options: SubmitOptions,
): Promise<Submission> {
  const { netuid, hotkey, reveals } = request;
  const [uids, values, salts] = (["uids", "values", "salt"] as const).map((part) =>
    reveals.map((one) => [...one[part]]),
  );
  const keys = reveals.map(({ versionKey }) => versionKey);
  const call =
    reveals.length === 1
      ? composeCall(client, "subtensorModule", "revealWeights", [netuid, uids?.[0], values?.[0], salts?.[0], keys[0]])
      : composeCall(client, "subtensorModule", "batchRevealWeights", [netuid, uids, values, salts, keys]);
  return submitCall(client, call, hotkey, options);
}

/** Composes weights to be set directly, on a subnet with commit-reveal off. */
export async function prepareWeights(client: ChainClient, request: WeightsRequest): Promise<Call> {
  const { netuid, uids, values } = request;
  const versionKey = request.versionKey ?? (await readBigInt(client, "subtensorModule", "weightsVersionKey", [netuid]));
  return composeCall(client, "subtensorModule", "setWeights", [netuid, [...uids], [...values], versionKey]);
}

/** Sets weights directly: {@link prepareWeights}, then submitted. */
export async function setWeights(
  client: ChainClient,
  request: WeightsRequest,
  options: SubmitOptions,
): Promise<Submission> {
  return await submitCall(client, await prepareWeights(client, request), request.hotkey, options);
}

/** The weights row of a uid as the chain holds it, at a block or now. */
export async function readWeights(
  client: ChainClient,
  netuid: number,
  uid: number,
  at: AtBlock = {},
): Promise<WeightVector> {
  const pairs = (await readStorage(client, "subtensorModule", "weights", [netuid, uid], at))?.toJSON();
  const rows = Array.isArray(pairs) ? (pairs as unknown as readonly (readonly [number, number])[]) : [];
  return { uids: rows.map(([target]) => target), values: rows.map(([, value]) => value) };
}
