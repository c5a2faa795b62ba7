/** How often and how patiently a dead child is started again. */
export type RestartPolicy = {
  /** Wait before restart 1, 2, ...; when they are used up the process is given up. */
  readonly delaysMs: readonly number[];
  /** This long without a crash forgets the crashes before. */
  readonly healthyMs: number;
};

export const DEFAULT_RESTART_POLICY: RestartPolicy = { delaysMs: [1000, 2000, 4000, 8000, 16_000], healthyMs: 60_000 };

/**
 * Exit codes by which a process says that starting it again changes nothing before a person has: it was called wrongly (2), or what it needs is not
 * there (3), as for a validator whose hotkey signs elsewhere too.
 */
const refusals: ReadonlySet<number> = new Set([2, 3]);

export type RestartDecision =
  | { readonly kind: "restart"; readonly attempt: number; readonly of: number; readonly delayMs: number }
  | { readonly kind: "giveUp"; readonly attempts: number; readonly refused: boolean };

/** Counts the crashes of one process. `died(ranMs, exitCode)` says what to do now; null for a process that a signal ended. */
export function createRestartCounter(policy: RestartPolicy): {
  died(ranMs: number, exitCode: number | null): RestartDecision;
  readonly crashes: number;
  reset(): void;
} {
  let crashes = 0;
  return {
    get crashes() {
      return crashes;
    },
    reset() {
      crashes = 0;
    },
    died(ranMs, exitCode) {
      if (exitCode !== null && refusals.has(exitCode)) return { kind: "giveUp", attempts: crashes, refused: true };
      if (ranMs >= policy.healthyMs) crashes = 0;
      const delayMs = policy.delaysMs[crashes];
      if (delayMs === undefined) return { kind: "giveUp", attempts: crashes, refused: false };
      crashes += 1;
      return { kind: "restart", attempt: crashes, of: policy.delaysMs.length, delayMs };
    },
  };
}
