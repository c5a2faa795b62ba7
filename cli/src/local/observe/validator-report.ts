import { z } from "zod";

const scoreRow = z.object({
  hotkey: z.string(),
  score: z.number().nullish(),
  p50LatencyMs: z.number().nullish(),
  lastOutcome: z.string().nullish(),
});

const report = z.object({
  scores: z.array(scoreRow).default([]),
  lastRound: z.object({ of: z.number(), answered: z.number(), tookMs: z.number() }).nullish(),
});

/** What a validator's /status says about the miners it asks. Fields this reader does not know are ignored. */
export type ValidatorReport = z.infer<typeof report>;

/** Reads a validator's /status; undefined when it has another shape. */
export function parseValidatorReport(value: unknown): ValidatorReport | undefined {
  const parsed = report.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** What validators together say about one miner: means of those that know. */
export type Verdict = {
  readonly score: number | null;
  readonly p50Ms: number | null;
  readonly outcome: string | undefined;
};

/** Joins the reports of several validators on one hotkey. */
export function verdictOn(hotkey: string, reports: readonly ValidatorReport[]): Verdict {
  const entries = reports.flatMap(({ scores }) => scores.filter((entry) => entry.hotkey === hotkey));
  return {
    score: mean(entries.map(({ score }) => score)),
    p50Ms: mean(entries.map(({ p50LatencyMs }) => p50LatencyMs)),
    outcome:
      entries.find(({ lastOutcome }) => lastOutcome !== undefined && lastOutcome !== null)?.lastOutcome ?? undefined,
  };
}

function mean(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((value) => typeof value === "number");
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
