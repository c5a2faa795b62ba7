/** The value if it is a positive finite number, else 0: what every function here makes of its input first. */
export function positiveOrZero(value: number): number {
  return Number.isFinite(value) && value > 0 ? value : 0;
}

/** The values divided by their sum. Negative and non-finite ones count as 0; when nothing is positive all results are 0. */
export function normalise(values: readonly number[]): number[] {
  const clean = values.map(positiveOrZero);
  const largest = Math.max(0, ...clean);
  if (largest === 0) return clean;
  // By the largest first: a sum of huge values would overflow.
  const scaled = clean.map((value) => value / largest);
  const sum = scaled.reduce((total, value) => total + value, 0);
  return scaled.map((value) => value / sum);
}
