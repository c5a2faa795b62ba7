import { z } from "zod";

/**
 * How far the weights of one epoch have come. `intent`: about to be submitted; `submitted`: handed to the chain, fate unknown;
 * `included`: in a block; `effective`: the chain shows the effect (last update, or the row itself); `revealed`: the row on chain is ours;
 * `failed`: refused, may be tried again in the same epoch; `lost`: we watched the reveal window pass without our row; `unseen`: it passed while nobody
 * looked.
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

/** One epoch's weights, written before anything is sent, so that a restart knows what may be under way. */
export const ledgerEntrySchema = z.object({
  version: z.literal(1),
  /** Epoch counter of the subnet in which the weights were submitted. */
  epoch: z.number().int(),
  state: z.enum(ledgerStates),
  mode: z.enum(["timelocked", "plain"]),
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
  txHash: z.string().optional(),
  /** Beacon round of the reveal, decimal. */
  revealRound: z.string().optional(),
  windowFirstBlock: z.number().int().optional(),
  windowEndBlock: z.number().int().optional(),
  revealedBlock: z.number().int().optional(),
  /** Name of the last refusal. */
  problem: z.string().optional(),
});

export type LedgerEntry = z.output<typeof ledgerEntrySchema>;
