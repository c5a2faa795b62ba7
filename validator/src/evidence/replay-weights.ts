import { type ComputedWeights, computeWeights, remapWeights, type WeighableSubnet } from "../weights/compute.ts";
import type { Opening, WeightsEntry } from "./entry.ts";
import type { Averages } from "./replay-round.ts";
import type { Difference } from "./replay.ts";

/**
 * Computes weights again from their entry, and checks that the scores in it are the averages that the rounds of the log led to. Pure.
 * `averages` are those after the last rounds; without any (a log that begins here) the scores are believed. `sent` are the rows before this one: a row that is
 * sent once more is one of them, or one that those averages lead to.
 */
export function replayWeights(
  entry: WeightsEntry,
  { hotkey: ownHotkey, shape }: Pick<Opening, "hotkey" | "shape">,
  { averages, sent }: { readonly averages: readonly Averages[]; readonly sent: readonly ComputedWeights[] },
): Omit<Difference, "seq"> | undefined {
  const round = entry.basedOnRound;
  const differs = (hotkey: string | null, field: string, was: unknown, is: unknown): Omit<Difference, "seq"> => ({
    round,
    hotkey,
    field,
    was: String(was),
    is: String(is),
  });
  const wrong = averages.map((known) => firstWrong(entry, known));
  if (wrong.length > 0 && wrong.every((found) => found !== undefined)) {
    // Told against the round that the weights say they are based on, or the newest.
    const found =
      wrong[
        Math.max(
          0,
          averages.findIndex((known) => known.round === round),
        )
      ];
    if (found !== undefined) return differs(found.hotkey, "score in weights", found.was ?? "none", found.is ?? "none");
  }
  const metagraph: WeighableSubnet = {
    neurons: entry.neurons.map((hotkey, uid) => ({ hotkey, uid })),
    hyperparameters: { minAllowedWeights: entry.minAllowedWeights },
  };
  const { earlier } = entry;
  const isKnown = (row: ComputedWeights): boolean =>
    sent.some((one) => firstOther(one, row, differs) === undefined) ||
    // Another process of this validator may have made it, and ended before this one sent it once more.
    averages.length === 0 ||
    averages.some((known) => {
      const made = computeWeights({ scores: scoresOf(entry, known), metagraph, ownHotkey, shape });
      return made !== undefined && firstOther(row, made, differs) === undefined;
    });
  if (earlier !== null && !isKnown(earlier))
    return differs(null, "earlier weights", `${earlier.uids.length} weights`, "a row that was sent before");
  const is =
    earlier === null
      ? computeWeights({ scores: new Map(entry.scores), metagraph, ownHotkey, shape })
      : remapWeights(earlier, metagraph, ownHotkey);
  // An attempt that is made once more keeps its row, whatever the least number of weights has become.
  if (earlier !== null && firstOther(entry, earlier, differs) === undefined) return undefined;
  return is === undefined
    ? differs(null, "weights", `${entry.uids.length} weights`, "none")
    : firstOther(entry, is, differs);
}

/** Averages may leave 0..1 by a rounding error; what weights see does not. */
const asScore = (average: number): number => Math.min(1, Math.max(0, average));

/** The scores of the neurons of an entry by averages; those that the log does not tell are believed. */
function scoresOf(entry: WeightsEntry, { of }: Averages): ReadonlyMap<string, number> {
  const said = new Map(entry.scores);
  const scores = new Map<string, number>();
  for (const hotkey of entry.neurons) {
    const known = of(hotkey);
    const score = known === undefined ? said.get(hotkey) : known === null ? undefined : asScore(known);
    if (score !== undefined) scores.set(hotkey, score);
  }
  return scores;
}

/** The first registered hotkey whose score in the entry is not its average. */
function firstWrong(
  entry: WeightsEntry,
  { of }: Averages,
): { readonly hotkey: string; readonly was: number | undefined; readonly is: number | null } | undefined {
  const scores = new Map(entry.scores);
  for (const hotkey of entry.neurons) {
    const known = of(hotkey);
    if (known === undefined) continue;
    const is = known === null ? null : asScore(known);
    const was = scores.get(hotkey);
    if ((was ?? null) !== is) return { hotkey, was, is };
  }
  return undefined;
}

function firstOther(
  was: ComputedWeights,
  is: ComputedWeights,
  differs: (hotkey: string | null, field: string, was: unknown, is: unknown) => Omit<Difference, "seq">,
): Omit<Difference, "seq"> | undefined {
  if (was.uids.length !== is.uids.length) return differs(null, "uids", was.uids.length, is.uids.length);
  for (const [i, hotkey] of is.hotkeys.entries()) {
    if (was.hotkeys[i] !== hotkey) return differs(was.hotkeys[i] ?? null, "hotkey", was.hotkeys[i], hotkey);
    if (was.uids[i] !== is.uids[i]) return differs(hotkey, "uid", was.uids[i], is.uids[i]);
    if (was.values[i] !== is.values[i]) return differs(hotkey, "weight", was.values[i], is.values[i]);
  }
  return was.values.length === is.values.length && was.hotkeys.length === is.hotkeys.length
    ? undefined
    : differs(null, "weights", was.values.length, is.values.length);
}
