import { delay } from "@subnetkit/shared/util/delay";
import type { RoundSummary } from "../round/summary.ts";
import type { RoundStore } from "../store/round-store.ts";
import type { ScoreStore, Standing } from "../store/score-store.ts";
import type { KnownScores } from "../weights/writer.ts";

/** The stored state as of the last look: what the status page and the gauges show. */
export type Snapshot = {
  readonly standings: ReadonlyMap<string, Standing>;
  readonly lastRound: RoundSummary | undefined;
  readonly lastSettled: number;
  /** Rounds settled so far, up to the number of summaries kept. */
  readonly roundsCounted: number;
};

/** The part of a snapshot that weights are made from. */
export function knownScores({ standings, lastSettled, roundsCounted }: Snapshot): KnownScores {
  return { scores: new Map([...standings].map(([hotkey, { ema }]) => [hotkey, ema])), lastSettled, roundsCounted };
}

/** Keeps a snapshot, so that the status page answers at once and also while Redis is away. */
export interface SnapshotKeeper {
  current(): Snapshot;
  refresh(): Promise<Snapshot>;
  /** Refreshes every so many milliseconds until the signal fires. Redis being away is the heartbeat's to tell. */
  keep(everyMs: number, signal: AbortSignal): Promise<void>;
}

/** Makes a keeper; the first snapshot is empty. */
export function createSnapshotKeeper(modules: {
  readonly rounds: RoundStore;
  readonly scores: ScoreStore;
}): SnapshotKeeper {
  let snapshot: Snapshot = { standings: new Map(), lastRound: undefined, lastSettled: -1, roundsCounted: 0 };

  async function refresh(): Promise<Snapshot> {
    const [standings, [lastRound], lastSettled, roundsCounted] = await Promise.all([
      modules.scores.standings(),
      modules.rounds.summaries(1),
      modules.rounds.lastSettled(),
      modules.rounds.counted(),
    ]);
    snapshot = { standings, lastRound, lastSettled, roundsCounted };
    return snapshot;
  }

  return {
    current: () => snapshot,
    refresh,
    async keep(everyMs, signal) {
      while (!signal.aborted) {
        await delay(everyMs, signal).catch(() => undefined);
        if (!signal.aborted) await refresh().catch(() => undefined);
      }
    },
  };
}
