import { z } from "zod";
import { outcomeKinds } from "./outcome.ts";

/** Latencies kept per miner, newest last: what the median of a miner is taken over. All of them are written with every round. */
export const keptLatencies = 32;

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

/** What was seen last, as the process remembers it that settled the last round: it need not read what it wrote itself. */
export interface SeenMemory {
  /** What is remembered, undefined when another process has settled since. */
  after(lastSettled: number): ReadonlyMap<string, Seen> | undefined;
  /** Remembers a round that was settled here, on top of what was known of it before. */
  keep(round: number, before: ReadonlyMap<string, Seen>, seen: Iterable<readonly [hotkey: string, seen: Seen]>): void;
}

/** Rounds after which a miner that was not asked is forgotten here; the store still knows it. */
const rememberedRounds = 100;

/** Makes an empty memory. */
export function createSeenMemory(): SeenMemory {
  let settled: number | undefined;
  let memory = new Map<string, Seen>();
  return {
    after: (lastSettled) => (lastSettled === settled ? memory : undefined),
    keep(round, before, seen) {
      const lately = [...before].filter(([, one]) => round - one.round < rememberedRounds);
      memory = new Map([...lately, ...seen]);
      settled = round;
    },
  };
}
