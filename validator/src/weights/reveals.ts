import type { WeightVector } from "@subnetkit/chain/client/weights";
import { sameWeights } from "./guard.ts";
import type { LedgerEntry } from "./ledger-entry.ts";
import type { WriterEvent } from "./writer-events.ts";

export type RevealModules = {
  readonly record: (entry: LedgerEntry) => Promise<LedgerEntry>;
  readonly onEvent: (event: WriterEvent) => void;
  /** The weights row of a uid, as the chain has it now. */
  readonly row: (uid: number) => Promise<WeightVector>;
  /** Our own uid, undefined when not registered. */
  readonly uid: number | undefined;
  /** The block of the look before this one, undefined for the first. */
  readonly lookedAt: number | undefined;
};

/**
 * Looks whether timelocked commits were revealed: the chain reports no failure, so the row itself is the proof
 * (spec/subtensor-interface.md 6.3). Reads only for commits whose window is open; a window that passed without our row is a loss, reported once.
 */
export async function trackReveals(
  entries: readonly LedgerEntry[],
  block: number,
  modules: RevealModules,
): Promise<readonly LedgerEntry[]> {
  const open = entries.filter(
    (entry) =>
      entry.mode === "timelocked" &&
      entry.state === "effective" &&
      block >= (entry.windowFirstBlock ?? Number.POSITIVE_INFINITY),
  );
  if (open.length === 0) return entries;
  const row = modules.uid === undefined ? undefined : await modules.row(modules.uid);
  const result = new Map(entries.map((entry) => [entry.epoch, entry]));
  for (const entry of open) {
    const judged = judge(entry, row, block, modules.lookedAt);
    if (judged === undefined) continue;
    result.set(entry.epoch, await modules.record(judged));
    if (judged.state === "revealed") modules.onEvent({ type: "weights.revealed", epoch: entry.epoch, block });
    else
      modules.onEvent({
        type: "weights.failed",
        epoch: entry.epoch,
        block,
        reason: "not revealed in time",
        remedy: "Check that the chain stores drand pulses.",
      });
  }
  return [...result.values()];
}

function judge(
  entry: LedgerEntry,
  row: WeightVector | undefined,
  block: number,
  lookedAt: number | undefined,
): LedgerEntry | undefined {
  if (row !== undefined && sameWeights(entry, row)) return { ...entry, state: "revealed", revealedBlock: block };
  const { windowFirstBlock = 0, windowEndBlock = 0 } = entry;
  if (block <= windowEndBlock) return undefined;
  // A later reveal may have replaced the row: without a look inside the window nothing can be said.
  const watched = lookedAt !== undefined && lookedAt > windowFirstBlock;
  return watched ? { ...entry, state: "lost", problem: "not revealed in time" } : { ...entry, state: "unseen" };
}
