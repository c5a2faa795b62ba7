/** Bounds of a growing wait, in milliseconds. */
export type BackoffOptions = {
  readonly minMs: number;
  readonly maxMs: number;
  /** Source of jitter in [0, 1); give a constant in tests. */
  readonly random?: () => number;
};

/**
 * The wait before retry `attempt` (0 for the first): `minMs` doubled per attempt, capped at `maxMs`, of which the upper half is random, so
 * that many clients of one restarted server do not come back in step.
 */
export function backoff(attempt: number, { minMs, maxMs, random = Math.random }: BackoffOptions): number {
  const ceiling = Math.min(maxMs, minMs * 2 ** Math.min(attempt, 30));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}
