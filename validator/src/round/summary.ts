import { z } from "zod";

/** A settled round in a few numbers: what the terminal, the page and the event show. */
export const roundSummarySchema = z.object({
  round: z.number().int(),
  block: z.number().int(),
  /** Miners asked. */
  of: z.number().int(),
  answered: z.number().int(),
  late: z.number().int(),
  refused: z.number().int(),
  malformed: z.number().int(),
  unreachable: z.number().int(),
  /** Planned but never asked, because we were too late ourselves: not counted in any score. */
  skipped: z.number().int(),
  medianLatencyMs: z.number().nullable(),
  /** From planning to settling. */
  tookMs: z.number(),
  settledAtMs: z.number(),
});

export type RoundSummary = z.output<typeof roundSummarySchema>;
