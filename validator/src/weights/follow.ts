import type { WeightsStanding } from "@subnetkit/chain/client/weights-traces";
import type { Head } from "@subnetkit/shared/clock/block-clock";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { WeightsChain } from "./chain-view.ts";
import { isUnderWay, type LedgerEntry } from "./ledger-entry.ts";
import type { EpochFacts } from "./preflight.ts";
import type { WriterEvent } from "./writer-events.ts";

export type FollowModules = {
  readonly chain: WeightsChain;
  /** Writes a ledger entry; resolves when it is durable. */
  readonly record: (entry: LedgerEntry) => Promise<LedgerEntry>;
  readonly onEvent: (event: WriterEvent) => void;
  readonly log: Logger;
};

/** The chain at one moment: the best block, and what it holds of us there. */
export type Look = { readonly best: Head; readonly standing: WeightsStanding; readonly epoch: EpochFacts };

/** A block that holds our weights. */
export type Landing = { readonly number: number; readonly hash: string; readonly txHash: string };

/** What is known of weights that were sent, by what the chain shows. */
export interface Follower {
  /** Finds out how far an entry that is under way has come. */
  follow(entry: LedgerEntry, look: Look): Promise<LedgerEntry>;
  /** Goes on from a block that the weights are known to have landed in. */
  landed(entry: LedgerEntry, landing: Landing, look: Look): Promise<LedgerEntry>;
  /** Records a failure. `nonce` stays when the attempt may still land. */
  fail(
    entry: LedgerEntry,
    block: number,
    reason: readonly [problem: string, remedy: string],
    nonce?: number,
  ): Promise<LedgerEntry>;
}

/** Blocks after which an attempt of unknown fate is made again, with the same nonce. */
export const unknownFateBlocks = 4;

/** What to do about a failure that needs nobody to do anything, or only to look. */
export const remedies = {
  again: "Nothing to do: it is submitted again.",
  look: "Look at the extrinsic on chain; it is submitted again.",
} as const;

/** Makes a follower. It reads the chain only, so it finds out the same after a crash as while nothing happened. */
export function createFollower({ chain, record, onEvent, log }: FollowModules): Follower {
  async function fail(
    entry: LedgerEntry,
    block: number,
    [problem, remedy]: readonly [string, string],
    nonce?: number,
  ): Promise<LedgerEntry> {
    log.warn({ epoch: entry.epoch, problem, remedy, attempts: entry.attempts }, "weights were not accepted");
    onEvent({ type: "weights.failed", epoch: entry.epoch, block, reason: problem, remedy });
    const { nonce: _before, ...rest } = entry;
    return await record({
      ...rest,
      state: "failed",
      failedBlock: block,
      problem,
      ...(nonce === undefined ? {} : { nonce }),
    });
  }

  /** The block that an entry's weights landed in. */
  async function landingOf(entry: LedgerEntry, { lastUpdate }: WeightsStanding): Promise<Landing | undefined> {
    const { txHashes = [], intentBlock } = entry;
    if (lastUpdate <= intentBlock || txHashes.length === 0) return undefined;
    const hash = await chain.hashOf(lastUpdate);
    if (hash === undefined) return undefined;
    const traces = await chain.traces(hash).catch((error: unknown) => {
      // The node has dropped the block: long past, and nobody else's as far as the guard knows.
      if (isAppError(error, "E_CHAIN_SHAPE")) return undefined;
      throw error;
    });
    const ours = traces?.extrinsics.find((one) => !one.reveals && txHashes.includes(one.txHash));
    if (traces !== undefined && ours === undefined) return undefined;
    return { number: lastUpdate, hash, txHash: ours?.txHash ?? txHashes.at(-1) ?? "" };
  }

  /** In a block: which epoch does it count for? */
  async function landed(entry: LedgerEntry, landing: Landing, look: Look): Promise<LedgerEntry> {
    const { number, hash, txHash } = landing;
    const at = await chain.epoch(hash);
    let own = entry;
    if (at.epochIndex > entry.epoch) {
      // It counts for the epoch it landed in; that epoch then needs no other.
      const { nonce: _taken, ...late } = entry;
      await record({ ...late, state: "failed", failedBlock: number, problem: "it landed in the next epoch" });
      own = { ...late, epoch: at.epochIndex };
      if (own.windowFirstBlock !== undefined) {
        const { revealPeriodEpochs, tempo } = await chain.setup({ number, hash });
        const windowFirstBlock = at.lastEpochBlock + revealPeriodEpochs * tempo;
        own = { ...own, windowFirstBlock, windowEndBlock: windowFirstBlock + tempo };
      }
    }
    const commit =
      own.mode === "hash"
        ? (await chain.waiting([], hash)).find((one) => own.hashes?.includes(one.hash) === true)
        : undefined;
    const included = await record({
      ...own,
      ...(own.mode === "hash" ? { commitEpoch: commit?.epoch ?? at.epochIndex } : {}),
      state: "included",
      includedBlock: number,
      includedHash: hash,
      txHash,
    });
    return await settle(included, look);
  }

  /** Included: is it still there, and is it final? */
  async function settle(entry: LedgerEntry, look: Look): Promise<LedgerEntry> {
    const { includedBlock = 0, includedHash, nonce } = entry;
    if ((await chain.hashOf(includedBlock)) !== includedHash) {
      const landing = await landingOf(entry, look.standing);
      log.warn(
        { epoch: entry.epoch, includedBlock, again: landing?.number },
        "a reorganisation dropped the block of our weights",
      );
      if (landing !== undefined) return await landed(entry, landing, look);
      const free = nonce !== undefined && look.standing.nonce <= nonce;
      const { includedBlock: _dropped, includedHash: _droppedHash, ...elsewhere } = entry;
      return await fail(
        elsewhere,
        look.best.number,
        ["a reorganisation dropped it", remedies.again],
        free ? nonce : undefined,
      );
    }
    const final = await chain.finalized();
    if (final.number < includedBlock) return entry;
    if ((await chain.standing(final.hash)).lastUpdate < includedBlock)
      return await fail(entry, final.number, ["the chain shows no effect", remedies.look]);
    const { nonce: _done, ...rest } = entry;
    const effect =
      rest.mode === "plain"
        ? ({ state: "revealed", revealedBlock: includedBlock } as const)
        : ({ state: "effective" } as const);
    const done = await record({ ...rest, ...effect });
    const { epoch, mode, basedOnRound, uids, txHash = "" } = done;
    onEvent({ type: "weights.finalized", epoch, block: includedBlock, mode, txHash });
    log.info({ epoch, block: includedBlock, mode, count: uids.length, basedOnRound }, "weights are on chain");
    return done;
  }

  async function follow(entry: LedgerEntry, look: Look): Promise<LedgerEntry> {
    if (!isUnderWay(entry)) return entry;
    if (entry.state === "included") return await settle(entry, look);
    const landing = await landingOf(entry, look.standing);
    if (landing !== undefined) return await landed(entry, landing, look);
    const block = look.best.number;
    const { nonce } = entry;
    if (nonce === undefined) return await fail(entry, block, ["it was never sent", remedies.again]);
    if (look.standing.nonce > nonce) {
      const problem = "it failed in its block, or another extrinsic took its nonce";
      if (entry.state !== "failed") return await fail(entry, block, [problem, remedies.look]);
      // Told when it failed; from now on nothing of it can land.
      const { nonce: _taken, ...rest } = entry;
      return await record(rest);
    }
    if (entry.state === "failed" || block - (entry.sentBlock ?? entry.intentBlock) < unknownFateBlocks) return entry;
    return await fail(entry, block, ["no trace of the submission", remedies.again], nonce);
  }

  return { follow, landed, fail };
}
