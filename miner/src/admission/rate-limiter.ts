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
  /** Puts back a token that was taken for nothing. */
  giveBack(key: string): void;
  /** The milliseconds until there will be a token, 0 when there is one; takes none. */
  wait(key: string): number;
  /** Buckets held now. */
  size(): number;
};

/** Full buckets are looked for no more often than this. */
const sweepIntervalMs = 1_000;

/**
 * Token buckets, each kept as one number: the time at which it will be full again. A full bucket and no bucket are the same, so full ones are dropped
 * when more than `maxKeys` are held, and the oldest when all of them are in use: whoever has more keys than that is not stopped by buckets. `now`:
 * milliseconds of a clock that only goes on. By the clock of the day, one that is set back an hour would keep everybody out for that hour.
 */
export function createRateLimiter(
  { perSecond, burst }: RateLimit,
  now: () => number = () => performance.now(),
  maxKeys = 4_096,
): RateLimiter {
  const intervalMs = 1000 / perSecond;
  const fullAt = new Map<string, number>();
  // One iterator for all: a new one would walk over everything deleted at the front, each time.
  let order = fullAt.keys();
  let sweptMs = Number.NEGATIVE_INFINITY;

  const makeRoom = (atMs: number): void => {
    // Not for every new key: a flood of keys that are all in use would make each of them cost a look at all the others.
    if (atMs - sweptMs >= sweepIntervalMs) {
      sweptMs = atMs;
      for (const [key, full] of fullAt) if (full <= atMs) fullAt.delete(key);
    }
    if (fullAt.size < maxKeys) return;
    let oldest = order.next();
    if (oldest.done === true) {
      order = fullAt.keys();
      oldest = order.next();
    }
    fullAt.delete(oldest.value as string);
  };

  const fullTime = (key: string, atMs: number): number => Math.max(atMs, fullAt.get(key) ?? atMs);

  // Each token that is out moves the full time by one interval; a bucket with none left is `burst` intervals away from full.
  const waitFor = (full: number, atMs: number): number =>
    Math.max(0, Math.ceil(full - atMs - (burst - 1) * intervalMs));

  return {
    take: (key) => {
      const atMs = now();
      const full = fullTime(key, atMs);
      const waitMs = waitFor(full, atMs);
      if (waitMs > 0) return waitMs;
      if (fullAt.size >= maxKeys && !fullAt.has(key)) makeRoom(atMs);
      fullAt.set(key, full + intervalMs);
      return 0;
    },
    giveBack: (key) => {
      const full = fullAt.get(key);
      if (full !== undefined) fullAt.set(key, full - intervalMs);
    },
    wait: (key) => {
      const atMs = now();
      return waitFor(fullTime(key, atMs), atMs);
    },
    size: () => fullAt.size,
  };
}
