/** How often and how patiently a dead child is started again. */
export type RestartPolicy = {
  /** Wait before restart 1, 2, ...; when they are used up the process is given up. */
  readonly delaysMs: readonly number[];
  /** This long without a crash forgets the crashes before. */
  readonly healthyMs: number;
};

export const DEFAULT_RESTART_POLICY: RestartPolicy = { delaysMs: [1000, 2000, 4000, 8000, 16_000], healthyMs: 60_000 };

export type RestartDecision =
  | { readonly kind: "restart"; readonly attempt: number; readonly of: number; readonly delayMs: number }
  | { readonly kind: "giveUp"; readonly attempts: number };

/** Counts the crashes of one process. `died(ranMs)` says what to do now. */
export function createRestartCounter(policy: RestartPolicy): {
  died(ranMs: number): RestartDecision;
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
    died(ranMs) {
      if (ranMs >= policy.healthyMs) crashes = 0;
      const delayMs = policy.delaysMs[crashes];
      if (delayMs === undefined) return { kind: "giveUp", attempts: crashes };
      crashes += 1;
      return { kind: "restart", attempt: crashes, of: policy.delaysMs.length, delayMs };
    },
  };
}
