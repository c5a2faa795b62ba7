import { isAppError } from "@subnetkit/shared/errors/app-error";
import { ema } from "@subnetkit/shared/scoring";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import { challengeOf, requestHash, taskOf } from "../round/challenge.ts";
import { drawSample } from "../round/sampling.ts";
import { scoreRound, type TaskReplies } from "../round/score.ts";
import type { RoundEntry } from "./entry.ts";
import type { Difference, ReplayReport } from "./replay.ts";
import { repliesOf, restoreRound } from "./restore-round.ts";

/** The moving averages after a round. */
export type Averages = {
  readonly round: number;
  /** A hotkey's average; null when it surely has none, undefined when the log does not tell. */
  readonly of: (hotkey: string) => number | null | undefined;
};

/** Rounds of a log, one after the other. */
export interface RoundReplay {
  /** Checks a round against what came before it. `bytes` are its compressed replies. */
  check(
    entry: RoundEntry,
    given: { readonly netuid: number; readonly bytes: Uint8Array | undefined; readonly scored: boolean },
  ): Promise<Omit<Difference, "seq"> | undefined>;
  /** The averages after the last few rounds, newest first. */
  averages(): readonly Averages[];
  counts(): Pick<
    ReplayReport,
    "roundsVerified" | "roundsPartly" | "callsGivenUp" | "gaps" | "firstRound" | "lastRound"
  >;
}

/** Rounds a hotkey must have been away for before its average may be forgotten. */
const forgottenAfterRounds = 1_000;

/** Averages that are remembered: weights may be made from those of a round or two ago. */
const rememberedRounds = 4;

/** Gaps that are told apart; more are only counted by their effects. */
const maxGaps = 1_000;

/** Begins with nothing known: the first round is believed about the averages that it found. */
export function createRoundReplay(subnet: SubnetDefinition): RoundReplay {
  const lastScored = new Map<string, number>();
  const gaps: { afterRound: number; round: number }[] = [];
  let emas = new Map<string, number>();
  let history: Averages[] = [];
  let firstRound: number | null = null;
  let lastRound: number | null = null;
  /** Every average since the very first round is known. */
  let complete = false;
  let roundsVerified = 0;
  let roundsPartly = 0;
  let callsGivenUp = 0;

  function averageOf(known: ReadonlyMap<string, number>, hotkey: string): number | null | undefined {
    const scoredIn = lastScored.get(hotkey);
    if (scoredIn !== undefined && (lastRound ?? 0) - scoredIn >= forgottenAfterRounds) return undefined;
    return known.get(hotkey) ?? (complete ? null : undefined);
  }

  function follow(entry: RoundEntry): Omit<Difference, "seq"> | undefined {
    const { round, previous, alpha } = entry;
    const differs = (hotkey: string | null, field: string, was: unknown, is: unknown): Omit<Difference, "seq"> => ({
      round,
      hotkey,
      field,
      was: String(was),
      is: String(is),
    });
    if (lastRound !== null && round <= lastRound) return differs(null, "round", round, `after ${lastRound}`);
    if (lastRound !== null && previous !== lastRound) {
      if (previous < lastRound) return differs(null, "previous", previous, lastRound);
      if (gaps.length < maxGaps) gaps.push({ afterRound: lastRound, round });
      emas = new Map();
      lastScored.clear();
      history = [];
      complete = false;
    }
    if (lastRound === null) complete = previous === -1;
    const next = new Map(emas);
    for (const [hotkey, score, before, after] of entry.scores) {
      const known = averageOf(emas, hotkey);
      if (known !== undefined && before !== known) return differs(hotkey, "before", before ?? "none", known ?? "none");
      const is = ema(before ?? undefined, score, alpha);
      if (is !== after) return differs(hotkey, "after", after, is);
      next.set(hotkey, after);
      lastScored.set(hotkey, round);
    }
    emas = next;
    const averages = { round, of: (hotkey: string) => averageOf(next, hotkey) };
    history = [averages, ...history].slice(0, rememberedRounds);
    firstRound ??= round;
    lastRound = round;
    return undefined;
  }

  async function score(
    entry: RoundEntry,
    netuid: number,
    bytes: Uint8Array | undefined,
  ): Promise<Omit<Difference, "seq"> | undefined> {
    const { round } = entry;
    const restored = restoreRound(entry, netuid, bytes === undefined ? [] : repliesOf(bytes));
    if ("problem" in restored)
      return { round, hotkey: restored.hotkey, field: "reply", was: restored.problem, is: "the reply of that hash" };
    const { plan, outcomes, complete } = restored;
    const undrawn = sampleDiffers(entry);
    if (undrawn !== undefined) return { round, ...undrawn };
    const replies: TaskReplies[] = [];
    for (const [i, { id, requestSha256 }] of entry.tasks.entries()) {
      const { challenge } = await challengeOf(plan, taskOf(subnet, id));
      const is = requestHash({ challenge });
      if (is !== requestSha256) return { round, hotkey: null, field: `request of ${id}`, was: requestSha256, is };
      replies.push({ taskId: id, challenge, outcomes: outcomes[i] ?? new Map() });
    }
    if (!complete) {
      roundsPartly += 1;
      return undefined;
    }
    const { givenUp = [] } = entry;
    const { scores } = scoreRound(plan, subnet, replies, { givenUp });
    callsGivenUp += givenUp.length;
    const recorded = new Map(entry.scores.map(([hotkey, value]) => [hotkey, value]));
    if (recorded.size !== scores.length)
      return { round, hotkey: null, field: "scores", was: `${recorded.size} miners`, is: `${scores.length}` };
    for (const { hotkey, score: is } of scores) {
      const was = recorded.get(hotkey);
      if (was !== is) return { round, hotkey, field: "score", was: String(was ?? "none"), is: String(is) };
    }
    roundsVerified += 1;
    return undefined;
  }

  return {
    async check(entry, { netuid, bytes, scored }) {
      const broken = follow(entry);
      if (broken !== undefined || !scored) return broken;
      try {
        return await score(entry, netuid, bytes);
      } catch (error) {
        // The recorded inputs do not even make a round of this subnet.
        const is = isAppError(error) ? error.code : "an exception";
        return { round: entry.round, hotkey: null, field: "inputs", was: "a round of this subnet", is };
      }
    },
    averages: () => history,
    counts: () => ({ roundsVerified, roundsPartly, callsGivenUp, gaps, firstRound, lastRound }),
  };
}

/** The first miner of a sampled round that the seed does not draw, or that it draws and that was left out. */
function sampleDiffers({
  sample,
  seed,
  miners,
}: RoundEntry): Pick<Difference, "hotkey" | "field" | "was" | "is"> | undefined {
  if (sample === undefined) return undefined;
  const drawn = drawSample(sample, seed);
  const is = sample.candidates.filter(([hotkey]) => drawn.has(hotkey));
  for (let i = 0; i < Math.max(is.length, miners.length); i++) {
    const [was, should] = [miners[i], is[i]];
    if (was?.[0] !== should?.[0] || was?.[1] !== should?.[1])
      return { hotkey: was?.[0] ?? null, field: "sample", was: was?.[0] ?? "nobody", is: should?.[0] ?? "nobody" };
  }
  return undefined;
}
