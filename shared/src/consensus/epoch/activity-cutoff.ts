/** Activity cutoff in blocks, `max(1, floor(factor * tempo / 1000))`; the factor is in thousandths, default 13889. Source: spec/economics.md 2.1. */
export function activityCutoff(factorMilli: number, tempo: number): number {
  return Math.max(1, Math.floor((factorMilli * tempo) / 1000));
}
