import type { Head } from "@subnetkit/shared/clock/block-clock";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { WeightsChain } from "./chain-view.ts";
import type { Look } from "./follow.ts";
import { sameWeights } from "./guard.ts";
import { type LedgerEntry, withHash } from "./ledger-entry.ts";
import type { WriterEvent } from "./writer-events.ts";

export type HashRevealModules = {
  readonly chain: WeightsChain;
  readonly record: (entry: LedgerEntry) => Promise<LedgerEntry>;
  readonly onEvent: (event: WriterEvent) => void;
  readonly log: Logger;
  readonly blockMs: number;
};

/** Blocks after which a reveal that the chain shows nothing of is sent again. */
const repeatAfterBlocks = 4;

/**
 * Opens hash commits in the one epoch in which the chain lets them be opened (spec/subtensor-interface.md 6.1), all that are due in one call, and
 * reports those that were not opened in time. `final` is the block that is believed: a reveal counts when it shows there.
 */
export async function revealHashes(
  entries: readonly LedgerEntry[],
  look: Look,
  final: Head,
  modules: HashRevealModules,
  signal: AbortSignal,
): Promise<void> {
  const open = entries
    .filter((entry) => entry.mode === "hash" && entry.state === "effective")
    .sort((a, b) => (a.includedBlock ?? 0) - (b.includedBlock ?? 0));
  const { uid } = look.standing;
  if (open.length === 0 || uid === undefined) return;
  const { chain, record, onEvent, log } = modules;
  const { revealPeriodEpochs } = await chain.setup(look.best);
  const targetOf = ({ commitEpoch, epoch }: LedgerEntry): number => (commitEpoch ?? epoch) + revealPeriodEpochs;
  const ripe = open.filter((entry) => targetOf(entry) <= look.epoch.epochIndex);
  if (ripe.length === 0) return;
  const [atBest, atFinal, row] = await Promise.all([
    chain.waiting([], look.best.hash),
    chain.waiting([], final.hash),
    chain.row(uid, final.hash),
  ]);
  const block = look.best.number;
  // Only the newest is opened: alone it takes those that it stands for off the chain, in a batch they stay there until they expire.
  const has = (waiting: typeof atBest, { hashes = [] }: LedgerEntry): boolean =>
    waiting.some(({ hash }) => hash === hashes.at(-1));
  const due: LedgerEntry[] = [];
  for (const entry of ripe) {
    const { epoch } = entry;
    if (!has(atFinal, entry) && sameWeights(entry, row)) {
      await record({ ...entry, state: "revealed", revealedBlock: final.number });
      onEvent({ type: "weights.revealed", epoch, block: final.number });
    } else if (targetOf(entry) < look.epoch.epochIndex) {
      const problem = "the commit expired before it was revealed";
      await record({ ...entry, state: "lost", problem });
      const remedy =
        "Keep the validator running in the epoch after a commit: that is when the chain lets it be revealed.";
      log.warn({ epoch, problem, remedy }, "weights were committed in vain");
      onEvent({ type: "weights.failed", epoch, block, reason: problem, remedy });
    } else if (!has(atBest, entry)) {
      // Opened in a block that is not final, or by a later one of the same batch: the next final blocks tell.
      if (!has(atFinal, entry)) await record({ ...entry, state: "unseen" });
    } else if (block - (entry.revealSentBlock ?? Number.NEGATIVE_INFINITY) >= repeatAfterBlocks) due.push(entry);
  }
  if (due.length > 0) await send(due, look, modules, signal);
}

async function send(due: LedgerEntry[], look: Look, modules: HashRevealModules, signal: AbortSignal): Promise<void> {
  const { chain, record, log, blockMs } = modules;
  const block = look.best.number;
  const reveals = due.map(({ uids, values, salt = [], versionKey = "0" }) => ({
    uids,
    values,
    salt,
    versionKey: BigInt(versionKey),
  }));
  const submission = await chain.reveal(reveals, {
    nonce: await chain.nextNonce(),
    deadlineMs: Math.min(60_000, Math.max(1_000, repeatAfterBlocks * blockMs)),
    signal,
    onSigned: async ({ txHash }) => {
      for (const entry of due)
        await record({ ...entry, revealSentBlock: block, txHashes: withHash(entry.txHashes, txHash) });
    },
  });
  const epochs = due.map(({ epoch }) => epoch);
  if (submission.kind === "included" || submission.kind === "finalized")
    log.info({ epochs, block: submission.blockNumber }, "weights are revealed");
  else log.warn({ epochs, block, ...problemOf(submission) }, "a reveal did not go through; it is sent again");
}

function problemOf(submission: Awaited<ReturnType<WeightsChain["reveal"]>>): { problem: string; remedy?: string } {
  if (submission.kind === "rejected") return { problem: submission.name, remedy: submission.remedy };
  if (submission.kind === "dispatchFailed") return { problem: submission.error.name, remedy: submission.remedy };
  return { problem: submission.kind };
}
