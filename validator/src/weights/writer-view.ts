import type { LedgerEntry } from "./ledger-entry.ts";
import type { WaitReason } from "./preflight.ts";

/** Where the weights stand, for the status page. */
export type WriterView = {
  readonly epoch: number | undefined;
  readonly lastSubmittedBlock: number | undefined;
  readonly lastRevealedBlock: number | undefined;
  /** Block of the next attempt, when it can be told. */
  readonly nextAttempt: number | undefined;
  readonly waitingFor: WaitReason | undefined;
  /** The weights that reached the chain last, by hotkey, summing to 1. */
  readonly weights: ReadonlyMap<string, number>;
};

/** What the writer waits for, and until which block when that can be told. */
export type Waiting = { readonly reason: WaitReason; readonly until: number | undefined };

/** The view of a ledger (newest epoch first). Pure. */
export function writerView(
  entries: readonly LedgerEntry[],
  epoch: number | undefined,
  waiting: Waiting | undefined,
): WriterView {
  const landed = entries.find((entry) => entry.includedBlock !== undefined && entry.state !== "failed");
  const revealed = entries.find((entry) => entry.state === "revealed");
  const total = landed?.values.reduce((sum, value) => sum + value, 0) ?? 0;
  return {
    epoch,
    lastSubmittedBlock: landed?.includedBlock,
    lastRevealedBlock: revealed?.revealedBlock,
    nextAttempt: waiting?.until,
    waitingFor: waiting?.reason,
    weights: new Map(landed?.hotkeys.map((hotkey, i) => [hotkey, total === 0 ? 0 : (landed.values[i] ?? 0) / total])),
  };
}
