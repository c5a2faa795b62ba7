/**
 * Part of `expected` that `answered` gets right, 0 to 1. Positions that are missing count as wrong, surplus ones are ignored; an empty `expected` gives 0.
 */
export function accuracy<T>(answered: readonly T[], expected: readonly T[]): number {
  if (expected.length === 0) return 0;
  return expected.filter((value, i) => i < answered.length && answered[i] === value).length / expected.length;
}

/**
 * An accuracy rescaled so that guessing among `classes` (2 or more) earns 0 in the mean and perfection 1: max(0, (accuracy - 1/classes) / (1 - 1/classes)).
 */
export function aboveChance(value: number, classes: number): number {
  const chance = 1 / classes;
  return Math.max(0, (value - chance) / (1 - chance));
}
