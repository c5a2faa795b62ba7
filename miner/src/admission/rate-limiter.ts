/** How much one caller may ask. */
export type RateLimit = {
  /** Sustained requests per second. */
  readonly perSecond: number;
  /** Requests at once after a pause. */
  readonly burst: number;
};

/** One token bucket per key. */
export type RateLimiter = {
  /** Takes a token: 0 when there was one, else the milliseconds until there will be. */
  take(key: string): number;
  /** Buckets held now. */
  size(): number;
};

/**
 * Token buckets, each kept as one number: the time at which it will be full again. Only callers whose signature was verified get one, so
 * there are never more than registered hotkeys; full buckets are dropped when more than `maxKeys` are held, because a full bucket and no
 * bucket are the same.
 */
export function createRateLimiter(
  { perSecond, burst }: RateLimit,
  now: () => number = Date.now,
  maxKeys = 4_096,
): RateLimiter {
  const intervalMs = 1000 / perSecond;
  const fullAt = new Map<string, number>();

  const dropFull = (atMs: number): void => {
    for (const [key, full] of fullAt) if (full <= atMs) fullAt.delete(key);
  };

  return {
    take: (key) => {
      const atMs = now();
      const full = Math.max(atMs, fullAt.get(key) ?? atMs);
      // Each token that is out moves the full time by one interval; a bucket with none left is `burst` intervals away from full.
      const waitMs = Math.ceil(full + intervalMs - burst * intervalMs - atMs);
      if (waitMs > 0) return waitMs;
      if (fullAt.size >= maxKeys) dropFull(atMs);
      fullAt.set(key, full + intervalMs);
      return 0;
    },
    size: () => fullAt.size,
  };
}
