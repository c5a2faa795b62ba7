import type { SignedClaim } from "./dialect.ts";
import { createUsedRequests } from "./used-requests.ts";

/** Remembers which signed requests were used. */
export interface ReplayStore {
  /**
   * Records that a signed request was used. True exactly once per hotkey and `replayId`; false for a repeat, and for a request the store can
   * know nothing about (signed before its window or its floor, or when it is full): when in doubt, no.
   */
  claim(request: UsedRequest): boolean | Promise<boolean>;
  /**
   * Whether a claim of this request is known to fail: it was used, is being claimed, or was signed before what the store knows of. Whoever repeats it
   * gets no curve operation out of us. Only where that can be said at once; false proves nothing.
   */
  isUsed?(request: UsedRequest): boolean;
}

/** What makes a request one: always covered by its signature. */
export type UsedRequest = Pick<SignedClaim, "hotkey" | "replayId" | "issuedNs">;

export type MemoryReplayStoreOptions = {
  /** How old an accepted request may be, default 10,000. */
  readonly maxAgeMs?: number;
  /** How far in the future it may be, default 2,000. */
  readonly skewMs?: number;
  /** Since when nobody but this store can have let a request in, unix nanoseconds, default now. */
  readonly bootNs?: bigint;
  /** Pairs kept per second of nonces, default 50,000 (about 6 MB); further ones are refused. */
  readonly maxPerSecond?: number;
};

/** A memory store, and what tests and metrics look at. */
export interface MemoryReplayStore extends ReplayStore {
  claim(request: UsedRequest): boolean;
  isUsed(request: UsedRequest): boolean;
  /** Pairs held now. */
  readonly size: number;
  /** Requests signed up to this are refused, unix nanoseconds. */
  readonly floorNs: bigint;
  /** Time of the latest request that was used, unix nanoseconds; 0 before the first. */
  readonly usedUntilNs: bigint;
  /** Somebody else may have let requests in until then (unix nanoseconds): raises the floor to it plus the allowed skew. */
  forgetUntil(nowNs: bigint): void;
  /**
   * The clock was set back to this (unix nanoseconds), and nobody else has let in what was signed later than `usedUntilNs`: begins anew, with a floor that
   * is above both and above all that was used here. What was signed until then is refused; without this, what is signed until the clock is where it was.
   */
  beginAnew(nowNs: bigint, usedUntilNs: bigint): void;
}

/**
 * What was used is kept in memory for as long as it could be used again. What was accepted before a restart is forgotten, so only requests later
 * than boot plus the allowed skew are admitted: one from before the restart cannot be later than that. Honest senders wait out the skew. That holds
 * while one process after the other answers for a hotkey; of what another one accepts at the same time this store knows nothing.
 */
export function createMemoryReplayStore(options: MemoryReplayStoreOptions = {}): MemoryReplayStore {
  const {
    maxAgeMs = 10_000,
    skewMs = 2_000,
    bootNs = BigInt(Date.now()) * 1_000_000n,
    maxPerSecond = 50_000,
  } = options;
  const skewNs = BigInt(Math.round(skewMs * 1_000)) * 1_000n;
  let floorNs = bootNs + skewNs;
  let usedUntilNs = 0n;
  const ring = () => createUsedRequests({ windowMs: maxAgeMs + skewMs, maxPerSecond, fromNs: floorNs });
  let used = ring();
  return {
    get usedUntilNs() {
      return usedUntilNs;
    },
    beginAnew: (nowNs, usedElsewhereNs) => {
      floorNs = [nowNs + skewNs, usedElsewhereNs, usedUntilNs].reduce((top, ns) => (ns > top ? ns : top));
      used = ring();
    },
    get floorNs() {
      return floorNs;
    },
    forgetUntil: (nowNs) => {
      if (nowNs + skewNs > floorNs) floorNs = nowNs + skewNs;
    },
    get size() {
      return used.size;
    },
    isUsed: (request) => request.issuedNs <= floorNs || used.has(request),
    claim: (request) => {
      const { issuedNs } = request;
      if (issuedNs <= floorNs || !used.add(request)) return false;
      if (issuedNs > usedUntilNs) usedUntilNs = issuedNs;
      return true;
    },
  };
}
