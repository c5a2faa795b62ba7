import type { UsedRequest } from "./replay-store.ts";

/** Used requests of the last seconds. */
export type UsedRequests = {
  /** Whether it was added; of a second that was dropped nothing is known. */
  has(request: UsedRequest): boolean;
  /** True when it was not there, and is now; false as well when its second was dropped or is full. */
  add(request: UsedRequest): boolean;
  readonly size: number;
};

const bucketNs = 1_000_000_000n;

const keyOf = ({ hotkey, replayId }: UsedRequest): string => `${hotkey}:${replayId}`;

/**
 * A ring of one-second buckets keyed by the request's own signed time: a repeat always falls into the bucket of the original, so everything is one
 * lookup (about 0.4 us), old buckets are dropped whole, and there is no timer. `fromNs`: unix nanoseconds that the ring begins at.
 */
export function createUsedRequests({
  windowMs,
  maxPerSecond,
  fromNs,
}: {
  readonly windowMs: number;
  readonly maxPerSecond: number;
  readonly fromNs: bigint;
}): UsedRequests {
  const slots = Math.ceil(windowMs / 1_000) + 2;
  const ring = Array.from({ length: slots }, () => new Set<string>());
  let newest = Number(fromNs / bucketNs);

  const advance = (bucket: number): void => {
    const first = Math.max(newest + 1, bucket - slots + 1);
    for (let i = first; i <= bucket; i++) ring[i % slots]!.clear();
    newest = Math.max(newest, bucket);
  };

  return {
    get size() {
      return ring.reduce((sum, bucket) => sum + bucket.size, 0);
    },
    has(request) {
      const bucket = Number(request.issuedNs / bucketNs);
      // Beyond these the slot is that of another second.
      if (bucket > newest || bucket <= newest - slots) return false;
      return ring[bucket % slots]!.has(keyOf(request));
    },
    add(request) {
      const bucket = Number(request.issuedNs / bucketNs);
      if (bucket <= newest - slots) return false;
      advance(bucket);
      const used = ring[bucket % slots]!;
      const key = keyOf(request);
      if (used.has(key) || used.size >= maxPerSecond) return false;
      used.add(key);
      return true;
    },
  };
}
