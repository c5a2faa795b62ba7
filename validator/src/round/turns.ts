import type { RoundStore } from "../store/round-store.ts";

/** Rounds are counted in their order: whose turn it is, among those that are settled at once. */
export interface SettleTurns {
  /**
   * Waits until no earlier round is open. Gives the last settled round, or undefined when others took too long: then the job had better make room. Rejects
   * when the signal fires.
   */
  wait(round: number, signal: AbortSignal): Promise<number | undefined>;
  /** Tells the waiting that a round is counted. */
  passed(round: number): void;
}

export type TurnsOptions = {
  /** How long a round waits for the ones before it, milliseconds. */
  readonly patienceMs: number;
  /** How often it looks whether another process has counted them, milliseconds. */
  readonly lookMs: number;
};

/** A job that waits keeps one of few places, which a round before it may need. */
const usual: TurnsOptions = { patienceMs: 1_000, lookMs: 50 };

/**
 * Makes the turns of one process. A round that is counted here lets the next one go at once, without asking Redis. It is the settle script that keeps the
 * order: what is found here only spares rounds to come too early.
 */
export function createTurns(rounds: Pick<RoundStore, "order">, options: TurnsOptions = usual): SettleTurns {
  const { patienceMs, lookMs } = options;
  const waiting = new Set<() => void>();
  let highest = -1;

  /** Resolves when a round is counted here, or after a while. */
  function nextPassed(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener("abort", end, { once: true });
      waiting.add(end);
    });
  }

  return {
    async wait(round, signal) {
      const endMs = performance.now() + patienceMs;
      for (;;) {
        const { open, lastSettled } = await rounds.order();
        signal.throwIfAborted();
        // A round that is not open itself is answered at once by the script.
        const before = open.includes(round) ? open.filter((one) => one < round).at(-1) : undefined;
        if (before === undefined) return lastSettled;
        const lookAgainMs = Math.min(endMs, performance.now() + lookMs);
        while (highest < before && performance.now() < lookAgainMs) {
          await nextPassed(lookAgainMs - performance.now(), signal);
          signal.throwIfAborted();
        }
        if (highest >= before) return highest;
        if (performance.now() >= endMs) return undefined;
      }
    },
    passed(round) {
      highest = Math.max(highest, round);
      for (const wake of [...waiting]) wake();
    },
  };
}
