/** How many requests each of a few callers may make. */
export interface RateLimit {
  /** Takes one. 0 when it may go on, else the seconds after which it may try again. */
  take(caller: string): number;
}

/** A bucket for each caller that holds a minute's requests at most and fills evenly. `nowMs` must not go back. */
export function createRateLimit(perMinute: number, nowMs: () => number): RateLimit {
  const buckets = new Map<string, { left: number; atMs: number }>();
  return {
    take(caller) {
      const now = nowMs();
      const bucket = buckets.get(caller) ?? { left: perMinute, atMs: now };
      buckets.set(caller, bucket);
      bucket.left = Math.min(perMinute, bucket.left + ((now - bucket.atMs) * perMinute) / 60_000);
      bucket.atMs = now;
      if (bucket.left < 1) return Math.max(1, Math.ceil(((1 - bucket.left) * 60) / perMinute));
      bucket.left -= 1;
      return 0;
    },
  };
}
