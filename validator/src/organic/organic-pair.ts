import { z } from "zod";
import { outcomeSchema } from "../round/outcome.ts";

/**
 * A request of the subnet's users and what the miner that got it made of it, to be scored with a round. Pinned in the round's plan, so that a round that is settled
 * again, or replayed, sees the same.
 */
export const organicPairSchema = z.object({
  /** Random, and unique: the score's random numbers follow from it. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  taskId: z.string(),
  hotkey: z.string(),
  /** Unix milliseconds at which the answer came. */
  atMs: z.number(),
  /** The request, JSON text. */
  request: z.string(),
  outcome: outcomeSchema,
});

export type OrganicPair = z.output<typeof organicPairSchema>;

/** Bounds of what is kept to be scored. */
export const organicBounds = {
  /** Characters of a pair. A larger one is answered like any other, and not scored. */
  pairChars: 16_384,
  /** Pairs that wait for a round. */
  waiting: 256,
  /** A pair that no round has taken by then is forgotten, milliseconds. */
  maxAgeMs: 3_600_000,
} as const;
