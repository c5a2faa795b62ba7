/** What a process has seen of the open rounds. */
export interface RoundWatch {
  /** Takes note of the rounds that are open now. */
  look(open: readonly number[]): void;
  /** How long an open round has been watched, milliseconds; 0 in the look that finds it. */
  watchedMs(round: number): number;
  /** Repairs of a round that are noted. */
  repairs(round: number): number;
  /** Notes that a round was repaired. */
  repaired(round: number): void;
}

/** Between two looks no more than this counts: whoever could not look could not work either. */
const longestStepMs = 10_000;

type Watched = { readonly ms: number; readonly repairs: number };

/**
 * Makes a watch. A round is late by the time that it was watched, not by a clock: an outage of Redis, a sleep of the machine, a stop of the process, or a
 * wall clock that jumps would otherwise make every open round late at once, and rounds that could be counted would be given up.
 */
export function createRoundWatch(monotonicMs: () => number = () => performance.now()): RoundWatch {
  let watched = new Map<number, Watched>();
  let lookedAt: number | undefined;

  return {
    look(open) {
      const now = monotonicMs();
      const step = lookedAt === undefined ? 0 : Math.min(longestStepMs, now - lookedAt);
      lookedAt = now;
      watched = new Map(
        open.map((round) => {
          const before = watched.get(round);
          return [round, before === undefined ? { ms: 0, repairs: 0 } : { ...before, ms: before.ms + step }];
        }),
      );
    },
    watchedMs: (round) => watched.get(round)?.ms ?? 0,
    repairs: (round) => watched.get(round)?.repairs ?? 0,
    repaired(round) {
      const before = watched.get(round) ?? { ms: 0, repairs: 0 };
      watched.set(round, { ...before, repairs: before.repairs + 1 });
    },
  };
}
