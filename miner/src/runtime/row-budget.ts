/** How many rows one run may have, learnt from how long runs take. */
export type RowBudget = {
  /** At least 1. */
  rows(): number;
  /** Moving average of the milliseconds per row. */
  perRowMs(): number;
  observe(rows: number, runMs: number): void;
};

/** Weight of the newest run in the moving average. */
const weight = 0.3;

/**
 * Rows per run such that a run takes `budgetMs` at most, by the average so far. Batches cost less per row than single runs, so the first figure, from a run
 * with one row, is cautious; the budget grows as larger batches turn out cheaper.
 */
export function createRowBudget({
  budgetMs,
  firstMs,
}: {
  readonly budgetMs: number;
  readonly firstMs: number;
}): RowBudget {
  let perRowMs = firstMs;
  return {
    rows: () => Math.max(1, Math.floor(budgetMs / Math.max(perRowMs, 1e-6))),
    perRowMs: () => perRowMs,
    observe: (rows, runMs) => {
      perRowMs += weight * (runMs / Math.max(1, rows) - perRowMs);
    },
  };
}
