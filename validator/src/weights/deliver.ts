import { neuronOf } from "@subnetkit/chain/client/metagraph";
import type { Submission } from "@subnetkit/chain/client/submit";
import { type Head, nextEpochBlock } from "@subnetkit/shared/clock/block-clock";
import type { Logger } from "@subnetkit/shared/log/logger";
import { assertNever } from "@subnetkit/shared/util/assertNever";
import type { WeightsChain } from "./chain-view.ts";
import { changedHands, type ComputedWeights } from "./compute.ts";
import type { LedgerEntry } from "./ledger-entry.ts";
import type { EpochFacts } from "./preflight.ts";
import type { WriterEvent } from "./writer-events.ts";

export type DeliveryOptions = { readonly ownHotkey: string; readonly versionKey: bigint; readonly blockMs: number };

export type DeliveryModules = {
  readonly chain: WeightsChain;
  /** Writes a ledger entry; resolves when it is durable. */
  readonly record: (entry: LedgerEntry) => Promise<LedgerEntry>;
  readonly onEvent: (event: WriterEvent) => void;
  readonly log: Logger;
};

/** Brings recorded weights to the chain and makes sure that they arrived. */
export interface Delivery {
  /** Sends weights whose intent is recorded, and records what came of it. */
  send(
    intent: LedgerEntry,
    weights: ComputedWeights,
    head: Head,
    epoch: EpochFacts,
    signal: AbortSignal,
  ): Promise<void>;
  /** Finds out about a submission whose answer was lost, by what the chain shows. */
  recover(entry: LedgerEntry, head: Head, epoch: EpochFacts): Promise<LedgerEntry>;
}

/** Blocks after which a submission of unknown fate counts as failed, when the chain shows nothing of it. A second commit does no harm. */
const unknownFateBlocks = 4;

/** Bounds of how long a submission is followed, milliseconds. */
const followMs = { min: 5_000, max: 60_000 };

/** Makes a delivery. */
export function createDelivery(options: DeliveryOptions, modules: DeliveryModules): Delivery {
  const { ownHotkey, versionKey, blockMs } = options;
  const { chain, record, onEvent, log } = modules;

  async function fail(entry: LedgerEntry, block: number, problem: string, remedy: string): Promise<LedgerEntry> {
    log.warn({ epoch: entry.epoch, problem, remedy, attempts: entry.attempts }, "weights were not accepted");
    onEvent({ type: "weights.failed", epoch: entry.epoch, block, reason: problem, remedy });
    return await record({ ...entry, state: "failed", failedBlock: block, problem });
  }

  /** In a block: is the effect on chain, and do the uids still mean whom they meant? */
  async function confirm(entry: LedgerEntry, at: { hash: string; number: number }, txHash: string): Promise<void> {
    const included = await record({ ...entry, state: "included", includedBlock: at.number, txHash });
    const metagraph = await chain.metagraph(at.hash);
    if (changedHands(included, metagraph).length > 0) {
      const remedy = "Nothing to do: the weights are computed anew and submitted again.";
      await fail(included, at.number, "a uid changed hands", remedy);
      return;
    }
    if (neuronOf(metagraph, ownHotkey)?.lastUpdate !== at.number) {
      await fail(
        included,
        at.number,
        "the chain shows no effect",
        "Look at the extrinsic on chain; it is submitted again.",
      );
      return;
    }
    const effect =
      included.mode === "plain"
        ? ({ state: "revealed", revealedBlock: at.number } as const)
        : ({ state: "effective" } as const);
    await record({ ...included, ...effect });
    const { epoch, mode, basedOnRound, uids } = included;
    onEvent({ type: "weights.finalized", epoch, block: at.number, mode, txHash });
    log.info({ epoch, block: at.number, mode, count: uids.length, basedOnRound }, "weights are on chain");
  }

  return {
    async send(intent, weights, head, epoch, signal) {
      const boundary = nextEpochBlock(epoch, head.number) ?? head.number;
      const deadlineMs = Math.min(followMs.max, Math.max(followMs.min, (boundary - head.number) * blockMs));
      const { mode } = intent;
      onEvent({ type: "weights.submitted", epoch: intent.epoch, block: head.number, mode, count: weights.uids.length });
      const { submission, reveal } = await chain.submit({ mode, weights, versionKey, deadlineMs, signal });
      const told = reveal === undefined ? intent : withReveal(intent, reveal);
      switch (submission.kind) {
        case "included":
        case "finalized": {
          const { blockHash, blockNumber, txHash } = submission;
          const late = blockNumber >= boundary;
          // It counts for the epoch it landed in; that epoch then needs no other.
          if (late)
            await record({
              ...told,
              state: "failed",
              failedBlock: blockNumber,
              problem: "it landed in the next epoch",
            });
          await confirm(
            late ? { ...told, epoch: told.epoch + 1 } : told,
            { hash: blockHash, number: blockNumber },
            txHash,
          );
          return;
        }
        case "timedOut":
          await record({
            ...told,
            state: "submitted",
            ...(submission.txHash === undefined ? {} : { txHash: submission.txHash }),
          });
          return;
        case "dispatchFailed":
        case "rejected":
        case "dropped":
          await fail(told, head.number, ...refusalOf(submission));
          return;
        default:
          assertNever(submission, "a submission");
      }
    },
    async recover(entry, head, epoch) {
      const own = neuronOf(await chain.metagraph(), ownHotkey);
      if (own !== undefined && own.lastUpdate > entry.intentBlock) {
        const windowFirstBlock = entry.windowFirstBlock ?? epoch.lastEpochBlock + epoch.tempo;
        const windowEndBlock = entry.windowEndBlock ?? windowFirstBlock + 2 * epoch.tempo;
        const { mode, txHash = "" } = entry;
        onEvent({ type: "weights.finalized", epoch: entry.epoch, block: own.lastUpdate, mode, txHash });
        return await record({
          ...entry,
          state: "effective",
          includedBlock: own.lastUpdate,
          windowFirstBlock,
          windowEndBlock,
        });
      }
      if (head.number - entry.intentBlock < unknownFateBlocks) return entry;
      return await fail(entry, head.number, "no trace of the submission", "Nothing to do: it is submitted again.");
    },
  };
}

function withReveal(entry: LedgerEntry, reveal: { round: bigint; firstBlock: number; endBlock: number }): LedgerEntry {
  return {
    ...entry,
    revealRound: String(reveal.round),
    windowFirstBlock: reveal.firstBlock,
    windowEndBlock: reveal.endBlock,
  };
}

type Refused = Extract<Submission, { kind: "dispatchFailed" | "rejected" | "dropped" }>;

function refusalOf(submission: Refused): [problem: string, remedy: string] {
  switch (submission.kind) {
    case "dispatchFailed":
      return [submission.error.name, submission.remedy];
    case "rejected":
      return [submission.name, submission.remedy];
    case "dropped":
      return ["the extrinsic was dropped", "Nothing to do: it is submitted again."];
    default:
      return assertNever(submission, "a refused submission");
  }
}
