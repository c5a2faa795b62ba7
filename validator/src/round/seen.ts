import { z } from "zod";
import { outcomeKinds } from "./outcome.ts";

/** Latencies kept per miner, newest last: what the median of a miner is taken over. */
export const keptLatencies = 100;

/** What was last seen of a miner: for people, not for weights. Latencies are whole milliseconds, newest last. */
export const seenSchema = z.object({
  round: z.number().int(),
  uid: z.number().int(),
  score: z.number(),
  outcome: z.enum(outcomeKinds),
  reason: z.string(),
  latencies: z.array(z.number()),
});

export type Seen = z.output<typeof seenSchema>;

/** Median of numbers, or undefined for none. */
export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
