import { createRandom, shuffled } from "@subnetkit/shared/subnet";
import { z } from "zod";

/**
 * Who is asked in a round: everyone; a draw that takes its part of every tier of scores (`stratified`); or those who were asked longest ago
 * (`stale-first`). Miners who are not asked keep their score as it is.
 */
export const samplingPolicies = ["everyone", "stratified", "stale-first"] as const;
export type SamplingPolicy = (typeof samplingPolicies)[number];

/** How a validator samples. `size` is the number of miners asked in a round, ignored for `everyone`. */
export type Sampling = { readonly policy: SamplingPolicy; readonly size: number };

/** Tiers of scores that a stratified sample is drawn from, besides the miners that have no score yet. */
export const scoreTiers = 4;

/**
 * How the miners of a plan were chosen, with everything the choice depends on beside the seed, so that it can be made again. A candidate is its hotkey,
 * its uid and its standing: for `stratified` its moving average, for `stale-first` the round it was last asked in; -1 for none.
 */
export const sampleSchema = z.object({
  policy: z.enum(["stratified", "stale-first"]),
  size: z.number().int().positive(),
  candidates: z.array(z.tuple([z.string(), z.number().int().nonnegative(), z.number()])),
});

export type Sample = z.output<typeof sampleSchema>;
export type SampleCandidate = Sample["candidates"][number];

/** What is known of a miner when a sample is drawn. */
export type KnownMiner = {
  /** Its moving average. */
  readonly score: number;
  /** The round it was last asked in, -1 when that is not known. */
  readonly askedIn: number;
};

/**
 * The sample to draw among miners, undefined when everyone is to be asked: by the policy, or because there are no more of them than the sample would
 * have. Pure.
 */
export function sampleOf(
  { policy, size }: Sampling,
  miners: readonly { readonly hotkey: string; readonly uid: number }[],
  known: ReadonlyMap<string, KnownMiner>,
): Sample | undefined {
  if (policy === "everyone" || miners.length <= size) return undefined;
  return {
    policy,
    size,
    candidates: miners.map(({ hotkey, uid }): SampleCandidate => {
      const standing = known.get(hotkey);
      return [hotkey, uid, standing === undefined ? -1 : policy === "stratified" ? standing.score : standing.askedIn];
    }),
  };
}

/** The hotkeys of a sample. Pure: the same sample and seed give the same hotkeys, whatever the order of the candidates. */
export function drawSample({ policy, size, candidates }: Sample, seed: string): ReadonlySet<string> {
  // Sorted by hotkey first, so that the draw does not depend on how the candidates came.
  const sorted = [...candidates].sort(([a], [b]) => (a < b ? -1 : 1));
  const drawn = shuffled(createRandom(seed).split("sample").next, sorted);
  // Equals stay in the drawn order: sorting is stable.
  if (policy === "stale-first") drawn.sort((a, b) => a[2] - b[2]);
  const chosen = policy === "stale-first" ? drawn.slice(0, size) : fromEveryTier(drawn, size);
  return new Set(chosen.map(([hotkey]) => hotkey));
}

/** The first of every tier, in proportion to how many there are in it; at least one of each where the size allows. */
function fromEveryTier(drawn: readonly SampleCandidate[], size: number): SampleCandidate[] {
  const tiers = tiersOf(drawn);
  const least = size >= tiers.length ? 1 : 0;
  const seats = tiers.map(() => least);
  for (let left = size - least * tiers.length; left > 0; left--) {
    const next = furthestBehind(tiers, seats);
    if (next < 0) break;
    seats[next]! += 1;
  }
  return tiers.flatMap((tier, i) => tier.slice(0, seats[i]));
}

/** Miners without a score, then the scored ones from best to worst in equal parts; none empty, each in drawn order. */
function tiersOf(drawn: readonly SampleCandidate[]): SampleCandidate[][] {
  const scored = drawn.filter(([, , score]) => score >= 0);
  const place = new Map(
    [...scored]
      .sort((a, b) => b[2] - a[2] || (a[0] < b[0] ? -1 : 1))
      .map(([hotkey], i): [string, number] => [hotkey, Math.floor((i * scoreTiers) / scored.length)]),
  );
  const tiers = Array.from({ length: scoreTiers }, (_, tier) =>
    scored.filter(([hotkey]) => place.get(hotkey) === tier),
  );
  return [drawn.filter(([, , score]) => score < 0), ...tiers].filter((tier) => tier.length > 0);
}

/** The tier whose share of seats is the smallest among those with somebody left; -1 for none. The first of equals. */
function furthestBehind(tiers: readonly SampleCandidate[][], seats: readonly number[]): number {
  let found = -1;
  for (const [i, tier] of tiers.entries()) {
    const taken = seats[i] ?? 0;
    if (taken >= tier.length) continue;
    const behind = (seats[found] ?? 0) * tier.length - taken * (tiers[found]?.length ?? 0);
    if (found < 0 || behind > 0) found = i;
  }
  return found;
}
