import type { Metagraph } from "@subnetkit/chain/client/metagraph";
import { type LedgerEntry, withHash } from "./ledger-entry.ts";

/** Commits that may stand for an earlier one of the same tempo: the chain takes ten of one hotkey in all (spec/subtensor-interface.md 6.1, 6.3). */
const mostRenewals = 3;

/**
 * Blocks before an epoch in which weights on chain are sent anew: late, so that one commit answers all that changed in the tempo, and early enough for
 * two attempts, the second after four blocks without a trace of the first.
 */
export function renewalBlocks(tempo: number): number {
  return Math.min(10, Math.floor(tempo / 4));
}

/** Weights on chain for which others may still be sent: not yet opened, or set directly. */
export function isRenewable({ state, mode, replacedBlocks = [] }: LedgerEntry): boolean {
  return (state === "effective" || (state === "revealed" && mode === "plain")) && replacedBlocks.length < mostRenewals;
}

/**
 * The uids that weights on chain would pay though somebody else holds them by now. The chain leaves out a weight that is older than its uid's holder, but
 * tells by the block of the last commit (spec/subtensor-interface.md 5.7): the commit of the next tempo makes a row that was committed before look newer
 * than it is. Weights that were set directly are as old as they look: only who came before they landed is paid by them. Pure.
 */
export function strayWeights(entry: LedgerEntry, { neurons }: Pick<Metagraph, "neurons">): readonly number[] {
  const { uids, values, hotkeys, mode, includedBlock = 0 } = entry;
  return uids.filter((uid, i) => {
    const holder = neurons[uid];
    // A row that names a uid which is gone is not taken at all.
    if (holder === undefined) return true;
    return values[i] !== 0 && holder.hotkey !== hotkeys[i] && (mode !== "plain" || holder.registeredAt < includedBlock);
  });
}

/** The entry of an epoch after what is known of the weights sent anew in it: theirs once they are final, before that the one that counts. Pure. */
export function withRenewal(counts: LedgerEntry, anew: LedgerEntry): LedgerEntry {
  if (anew.state !== "effective" && anew.state !== "revealed") return { ...counts, anew };
  const { replacedTxHashes = [] } = anew;
  return { ...anew, replacedTxHashes: (counts.txHashes ?? []).reduce<string[]>(withHash, replacedTxHashes) };
}
