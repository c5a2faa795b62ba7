/**
 * Gives up a round that can no longer be settled (its plan is gone, or its jobs failed for good), so that it does not hold up the later ones.
 * No score changes: miners are neither paid nor punished for it.
 *
 * KEYS open. ARGV round. Answers 1 given up, 0 it was not open.
 */
export const abandonRoundScript = `return redis.call('ZREM', KEYS[1], ARGV[1])`;
