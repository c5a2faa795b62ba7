/**
 * One step of an exponential moving average: alpha * observed + (1 - alpha) * previous. Alpha is the weight of the new value, above 0 and at most 1.
 * Without an observation the average stays as it is; a first observation starts from 0, so that a newcomer earns its score over several rounds.
 */
export function ema(previous: number | undefined, observed: number | undefined, alpha: number): number {
  const before = previous ?? 0;
  return observed === undefined ? before : alpha * observed + (1 - alpha) * before;
}

/**
 * {@link ema} for many: the averages of everyone in `previous` or `observed`. Whoever was not asked this round (absent from `observed`) keeps the old value.
 * Key by hotkey, not by uid: a uid passes to another miner.
 */
export function emaScores<K>(
  previous: ReadonlyMap<K, number>,
  observed: ReadonlyMap<K, number>,
  alpha: number,
): Map<K, number> {
  const result = new Map(previous);
  for (const [key, value] of observed) result.set(key, ema(previous.get(key), value, alpha));
  return result;
}
