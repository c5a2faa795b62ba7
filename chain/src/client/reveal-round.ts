/** A drand beacon as the chain's configuration gives it: seconds, and the BLS public key (G2 compressed, 96 bytes). */
export type Beacon = { readonly publicKey: Uint8Array; readonly genesisTimeS: number; readonly periodS: number };

/** When a timelocked commit may be revealed, in blocks: from `first` to before `end`. */
export type RevealWindow = { readonly firstBlock: number; readonly endBlock: number };

/** Blocks that the signature is wanted after the window opens, so that a slightly early clock does not publish weights before it. */
const marginBlocks = 3;

/**
 * The window in which the chain opens a commit made in block `commitBlock`: `periodEpochs` epochs after the one it is made in, for one
 * tempo (spec/subtensor-interface.md 6.1, 6.3). A commit that lands in or after the next epoch's block counts for that epoch.
 */
export function revealWindow(facts: {
  readonly commitBlock: number;
  readonly nextEpochBlock: number;
  readonly tempo: number;
  readonly periodEpochs: number;
}): RevealWindow {
  const { commitBlock, nextEpochBlock, tempo, periodEpochs } = facts;
  const late = commitBlock < nextEpochBlock ? 0 : Math.floor((commitBlock - nextEpochBlock) / tempo) + 1;
  const firstBlock = nextEpochBlock + (late + periodEpochs - 1) * tempo;
  return { firstBlock, endBlock: firstBlock + tempo };
}

/**
 * The beacon round to encrypt for: the first one published after the window opens (plus a margin of up to 3 blocks, an eighth of a
 * tempo at most), or, when the beacon is too slow for that, the last one published two blocks before the window closes. Times are the
 * chain's own, so the choice holds on a chain whose clock runs ahead of the wall. Round r is published at
 * genesis + (r - 1) x period (spec/subtensor-interface.md 6.2).
 */
export function revealRound(facts: {
  readonly window: RevealWindow;
  readonly tempo: number;
  readonly headBlock: number;
  /** Timestamp.Now of the head, milliseconds. */
  readonly headTimeMs: number;
  readonly blockMs: number;
  readonly beacon: Pick<Beacon, "genesisTimeS" | "periodS">;
}): bigint {
  const { window, tempo, headBlock, headTimeMs, blockMs, beacon } = facts;
  const timeOf = (block: number): number => headTimeMs + (block - headBlock) * blockMs;
  const genesisMs = beacon.genesisTimeS * 1000;
  const periodMs = beacon.periodS * 1000;
  const firstAtOrAfter = (timeMs: number): number => Math.ceil((timeMs - genesisMs) / periodMs) + 1;
  const lastAtOrBefore = (timeMs: number): number => Math.floor((timeMs - genesisMs) / periodMs) + 1;
  const wanted = firstAtOrAfter(timeOf(window.firstBlock + Math.min(marginBlocks, Math.floor(tempo / 8))));
  const latest = lastAtOrBefore(timeOf(window.endBlock - 2));
  return BigInt(Math.max(1, Math.min(wanted, latest)));
}
