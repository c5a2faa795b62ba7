import type { Standing } from "../store/score-store.ts";
import type { Plan } from "./plan-record.ts";
import type { KnownMiner } from "./sampling.ts";

/** What samples are drawn by, from the standings and the plans of rounds that are not settled yet. Pure. */
export function knownMiners(
  standings: ReadonlyMap<string, Standing>,
  openPlans: readonly (Plan | undefined)[],
): ReadonlyMap<string, KnownMiner> {
  const known = new Map<string, KnownMiner>();
  for (const { hotkey, ema, seen } of standings.values()) known.set(hotkey, { score: ema, askedIn: seen?.round ?? -1 });
  for (const plan of openPlans)
    for (const { hotkey } of plan?.miners ?? []) {
      const before = known.get(hotkey) ?? { score: -1, askedIn: -1 };
      known.set(hotkey, { ...before, askedIn: Math.max(before.askedIn, plan?.round ?? -1) });
    }
  return known;
}
