import { z } from "zod";

/**
 * How far the weights of one epoch have come. `intent`: about to be signed; `submitted`: signed and handed over, fate unknown;
 * `included`: in a block that a reorganisation may still drop; `effective`: final, and the chain shows the effect; `revealed`: the row on
 * chain is ours; `failed`: refused or dropped, may be tried again in the same epoch; `lost`: we watched the reveal window pass without our
 * row; `unseen`: it passed while nobody looked.
 */
export const ledgerStates = [
  "intent",
  "submitted",
  "included",
  "effective",
  "revealed",
  "failed",
  "lost",
  "unseen",
] as const;

const attemptSchema = z.object({
  version: z.literal(1),
  /** Epoch counter of the subnet in which the weights were submitted. */
  epoch: z.number().int(),
  state: z.enum(ledgerStates),
  mode: z.enum(["timelocked", "hash", "plain"]),
  /** The weights: parallel lists; the hotkeys are whom each uid meant when they were computed. */
  uids: z.array(z.number().int()),
  values: z.array(z.number().int()),
  hotkeys: z.array(z.string()),
  /** The last round counted in them. */
  basedOnRound: z.number().int(),
  intentBlock: z.number().int(),
  attempts: z.number().int(),
  /** Block of the last failure. */
  failedBlock: z.number().int().optional(),
  includedBlock: z.number().int().optional(),
  /** Hash of that block: another one at the same height means a reorganisation. */
  includedHash: z.string().optional(),
  /** Blocks that took weights of this epoch which others stand for by now, because a uid had changed hands. Oldest first. */
  replacedBlocks: z.array(z.number().int()).optional(),
  /** Extrinsics of attempts that are over: what lands of them is no longer what is meant, but it is ours. Newest last. */
  replacedTxHashes: z.array(z.string()).optional(),
  /** Nonce of an attempt that may still land. The next attempt uses it too, so that the chain can take only one of them. */
  nonce: z.number().int().optional(),
  /** The best block when the last attempt was signed. */
  sentBlock: z.number().int().optional(),
  /** Every extrinsic signed for this epoch, reveals included, newest last; written before the chain hears of it. */
  txHashes: z.array(z.string()).optional(),
  /** Every commit made for this epoch, newest last: hash commits by their hash, timelocked ones by that of the encrypted commit. */
  hashes: z.array(z.string()).optional(),
  /** What opens a hash commit: u16 each, and the version key, decimal. */
  salt: z.array(z.number().int()).optional(),
  versionKey: z.string().optional(),
  /** Epoch that the chain counts a hash commit for. */
  commitEpoch: z.number().int().optional(),
  /** The best block when the reveal was sent last. */
  revealSentBlock: z.number().int().optional(),
  txHash: z.string().optional(),
  /** Beacon round of the reveal, decimal. */
  revealRound: z.string().optional(),
  windowFirstBlock: z.number().int().optional(),
  windowEndBlock: z.number().int().optional(),
  revealedBlock: z.number().int().optional(),
  /** Name of the last refusal. */
  problem: z.string().optional(),
});

/** One epoch's weights, written before anything is sent, so that a restart knows what may be under way. */
export const ledgerEntrySchema = attemptSchema.extend({
  /** Weights that are to stand for these, which are on chain, because a uid has changed hands since. Until they are final these count. */
  anew: attemptSchema.optional(),
});

export type LedgerEntry = z.output<typeof ledgerEntrySchema>;

/** Attempts whose hashes and blocks an entry remembers. */
export const keptHashes = 16;

/** A list with one more hash, bounded. */
export function withHash(hashes: readonly string[] | undefined, hash: string | undefined): string[] {
  const known = (hashes ?? []).filter((one) => one !== hash);
  return (hash === undefined ? known : [...known, hash]).slice(-keptHashes);
}

/** True while an extrinsic of this entry may be on its way or may still be dropped. */
export function isUnderWay({ state, nonce }: LedgerEntry): boolean {
  return (
    state === "intent" || state === "submitted" || state === "included" || (state === "failed" && nonce !== undefined)
  );
}

/** Everything that was sent for these epochs: what counts, and what is to stand for it. */
export function allAttempts(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return entries.flatMap((entry) => (entry.anew === undefined ? [entry] : [entry, entry.anew]));
}
