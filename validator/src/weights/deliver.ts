import { randomBytes } from "node:crypto";
import type { Submission } from "@subnetkit/chain/client/submit";
import type { WeightsStanding } from "@subnetkit/chain/client/weights-traces";
import { nextEpochBlock } from "@subnetkit/shared/clock/block-clock";
import { appError } from "@subnetkit/shared/errors/app-error";
import { assertNever } from "@subnetkit/shared/util/assertNever";
import type { WeightsChain } from "./chain-view.ts";
import type { ComputedWeights } from "./compute.ts";
import { createFollower, type Follower, type FollowModules, type Look, remedies, unknownFateBlocks } from "./follow.ts";
import { keptHashes, type LedgerEntry, withHash } from "./ledger-entry.ts";

export type DeliveryOptions = { readonly versionKey: bigint; readonly blockMs: number };

export type DeliveryModules = FollowModules;

/** Weights that are to be sent. `before` is the attempt before, when there was one in this epoch already, whatever came of it. */
export type Draft = {
  readonly mode: LedgerEntry["mode"];
  readonly weights: ComputedWeights;
  readonly basedOnRound: number;
  readonly before: LedgerEntry | undefined;
};

/** Brings weights to the chain and makes sure that they arrived and stayed. */
export interface Delivery {
  /** Records the intent, signs, sends, and records what came of it. */
  send(draft: Draft, look: Look, signal: AbortSignal): Promise<void>;
  readonly follow: Follower["follow"];
}

/** Bounds of how long a submission is waited for in one go, milliseconds; later blocks go on looking. */
const followMs = { min: 1_000, max: 60_000 };

/** Looks that an unknown extrinsic in the pool is given to land, before ours queues behind it. */
const longestPoolWait = 2;

/** Numbers in the salt of a hash commit, 16 bits each. */
const saltLength = 8;

/** Refusals that say that an extrinsic of ours with this nonce is in the pool or in a block already. */
const alreadyThere: ReadonlySet<string> = new Set(["Stale", "PriorityTooLow", "AlreadyImported", "TemporarilyBanned"]);

/** Makes a delivery. */
export function createDelivery(options: DeliveryOptions, modules: DeliveryModules): Delivery {
  const { versionKey, blockMs } = options;
  const { chain, record, onEvent } = modules;
  const { follow, landed, fail } = createFollower(modules);
  let poolWaits = 0;

  /**
   * The nonce of an attempt. An earlier one that may still land gives its own, so that the chain takes one of the two; unless a gap before it keeps it
   * from ever landing. Undefined: something else of this hotkey waits in the pool, and what it is will show in the next block.
   */
  async function nonceFor(before: LedgerEntry | undefined, { nonce }: WeightsStanding): Promise<number | undefined> {
    const next = await chain.nextNonce();
    const earlier = before?.nonce;
    if (earlier !== undefined && (earlier <= nonce || next > nonce)) return Math.max(earlier, nonce);
    if (next <= nonce) {
      poolWaits = 0;
      return nonce;
    }
    poolWaits += 1;
    if (poolWaits <= longestPoolWait) return undefined;
    poolWaits = 0;
    return next;
  }

  return {
    follow,
    async send(draft, look, signal) {
      const { best, epoch } = look;
      const { mode, weights, before } = draft;
      const nonce = await nonceFor(before, look.standing);
      if (nonce === undefined) return;
      const boundary = nextEpochBlock(epoch, best.number) ?? best.number;
      const until = Math.min(unknownFateBlocks, boundary - best.number) * blockMs;
      const deadlineMs = Math.min(followMs.max, Math.max(followMs.min, until));
      const salt = mode === "hash" ? saltFor(before, weights) : undefined;
      const prepared = await chain.prepare({
        mode,
        weights,
        versionKey,
        ...(salt === undefined ? {} : { salt }),
        // The chain takes the row that is opened last.
        ...(before?.revealRound === undefined ? {} : { notBeforeRound: BigInt(before.revealRound) }),
      });
      let entry = await record({
        ...intentOf(draft, look, versionKey),
        ...(salt === undefined ? {} : { salt: [...salt] }),
        ...traceOf(prepared, before),
      });
      onEvent({ type: "weights.submitted", epoch: entry.epoch, block: best.number, mode, count: weights.uids.length });
      let followed = true;
      const submission = await chain
        .submit(prepared, {
          nonce,
          deadlineMs,
          signal,
          onSigned: async ({ txHash }) => {
            if (!followed) throw appError("E_ABORTED", { name: "a submission that nobody waits for any more" });
            const signed = { state: "submitted", nonce, sentBlock: best.number } as const;
            entry = await record({ ...entry, ...signed, txHash, txHashes: withHash(entry.txHashes, txHash) });
          },
        })
        .finally(() => {
          followed = false;
        });
      await judge(entry, submission, look, before?.nonce);
    },
  };

  /** What an answer means. `nonce` is that of an earlier attempt that may still land. */
  async function judge(
    entry: LedgerEntry,
    submission: Submission,
    look: Look,
    nonce: number | undefined,
  ): Promise<void> {
    const block = look.best.number;
    switch (submission.kind) {
      case "included":
      case "finalized": {
        const { blockHash: hash, blockNumber: number, txHash } = submission;
        const standing = await chain.standing(hash);
        await landed(entry, { number, hash, txHash }, { ...look, best: { number, hash }, standing });
        return;
      }
      case "timedOut":
        return;
      case "dispatchFailed":
        await fail(entry, submission.blockNumber, [submission.error.name, submission.remedy]);
        return;
      case "rejected":
        // An attempt with this nonce is in the pool or in a block: the next blocks show which.
        if (alreadyThere.has(submission.name)) return;
        await fail(entry, block, [submission.name, submission.remedy], nonce);
        return;
      case "dropped":
        await fail(entry, block, ["the extrinsic was dropped", remedies.again], entry.nonce);
        return;
      default:
        assertNever(submission, "a submission");
    }
  }
}

function intentOf(
  { mode, weights, basedOnRound, before }: Draft,
  { best, epoch }: Look,
  versionKey: bigint,
): LedgerEntry {
  return {
    version: 1,
    epoch: epoch.epochIndex,
    state: "intent",
    mode,
    uids: [...weights.uids],
    values: [...weights.values],
    hotkeys: [...weights.hotkeys],
    basedOnRound,
    // The first of several: what landed since then may be any of them.
    intentBlock: before?.nonce === undefined ? best.number : before.intentBlock,
    attempts: (before?.attempts ?? 0) + 1,
    versionKey: String(versionKey),
    ...(before === undefined ? {} : kept(before)),
  };
}

/** What an entry must go on knowing of the attempts before: what may still land, and what has landed though it is not what is meant any more. */
function kept({ nonce, txHashes = [], includedBlock, replacedBlocks = [], replacedTxHashes = [] }: LedgerEntry) {
  const blocks = includedBlock === undefined ? replacedBlocks : [...replacedBlocks, includedBlock];
  return {
    replacedBlocks: blocks.slice(-keptHashes),
    ...(nonce === undefined
      ? { replacedTxHashes: txHashes.reduce<string[]>(withHash, replacedTxHashes) }
      : { nonce, txHashes, replacedTxHashes }),
  };
}

/** What identifies the attempt on chain, and when it will be opened. */
function traceOf(
  { commitHash, reveal }: Awaited<ReturnType<WeightsChain["prepare"]>>,
  before: LedgerEntry | undefined,
) {
  const hashes = withHash(before?.hashes, commitHash);
  return {
    ...(hashes.length === 0 ? {} : { hashes }),
    ...(reveal === undefined
      ? {}
      : { revealRound: String(reveal.round), windowFirstBlock: reveal.firstBlock, windowEndBlock: reveal.endBlock }),
  };
}

/** The same weights keep their salt: whichever attempt lands, the ledger can open it. */
function saltFor(before: LedgerEntry | undefined, weights: ComputedWeights): readonly number[] {
  const same =
    before?.salt !== undefined &&
    String(before.uids) === String(weights.uids) &&
    String(before.values) === String(weights.values);
  if (same) return before.salt ?? [];
  const bytes = randomBytes(saltLength * 2);
  return Array.from({ length: saltLength }, (_, i) => bytes.readUInt16LE(2 * i));
}
