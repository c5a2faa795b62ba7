import { appError } from "../errors/app-error.ts";
import { keepsItsKeys, type RedisInfo, readRedisInfo } from "../storage/redis-info.ts";
import type { ReplayStore, UsedRequest } from "./replay-store.ts";
import { createUsedRequests } from "./used-requests.ts";

/** What the store needs of a Redis client; an `ioredis` instance has it. Every call must have its own deadline. */
export interface ReplayRedis {
  eval(script: string, numberOfKeys: number, ...args: (string | number)[]): Promise<unknown>;
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
  info(): Promise<string>;
  config(command: "GET", name: string): Promise<unknown>;
}

export type RedisReplayStoreOptions = {
  /** Start of every key, the same for all processes that answer for one hotkey. */
  readonly prefix: string;
  /** Oldest request that any dialect lets through, milliseconds. */
  readonly maxAgeMs: number;
  /** How far in the future a request may be signed, milliseconds, default 2,000. */
  readonly skewMs?: number;
  /** Unix milliseconds, default the clock. */
  readonly now?: () => number;
  /** How errors name this Redis: never with its password. */
  readonly address?: string;
};

/** A store in Redis, and when it began to know. */
export interface RedisReplayStore extends ReplayStore {
  claim(request: UsedRequest): Promise<boolean>;
  /** By what this process knows: whatever it has claimed itself, or is about to, and what is older than the floor. */
  isUsed(request: UsedRequest): boolean;
  /**
   * Looks whether Redis still knows what it knew: to be called after every reconnection, and now and then. Rejects with E_REDIS_EVICTS where claims can
   * vanish; from then on every claim rejects, until a later look finds it cured.
   */
  check(): Promise<void>;
  /** Requests signed up to this are refused, unix nanoseconds. */
  floorNs(): bigint;
}

/** So far apart the clocks of two processes, and of Redis, may be without that a claim ends before the request is too old for each of them. */
const processesDifferMs = 10_000;

/** Claims that a process remembers of each second, to refuse repeats by itself; beyond that Redis says so, a round trip and a curve operation later. */
const maxKnownPerSecond = 50_000;

// -1: the marker is gone or another, so earlier claims may be gone as well. Otherwise 1 for a first use and 0 for a repeat.
const claimScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[2] then return -1 end
if redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[1]) then return 1 end
return 0`;

/**
 * Used requests in Redis: for several processes with one hotkey, and for restarts that refuse nobody. A marker says since when this Redis has known
 * every claim. Where it is missing, or where Redis itself was restarted without `appendfsync always` or took over from another server (claims of the last
 * second may be lost), the store has to assume the worst: it refuses everything signed up to now plus the allowed skew, which is what an honest caller
 * waits out in two seconds and a replay never gets past. A Redis that evicts is no store at all: a claim that vanishes is a replay that is let in,
 * and nothing tells of it. Cost: one round trip to Redis per request; the memory store costs none and refuses for those two seconds after every restart.
 *
 * Rejects with E_REDIS_EVICTS.
 */
export async function openRedisReplayStore(
  redis: ReplayRedis,
  { prefix, maxAgeMs, skewMs = 2_000, now = Date.now, address = "?" }: RedisReplayStoreOptions,
): Promise<RedisReplayStore> {
  const marker = `${prefix}:since`;
  const keepMs = maxAgeMs + 2 * skewMs + processesDifferMs;
  let floorNs = 0n;
  const known = createUsedRequests({
    windowMs: maxAgeMs + skewMs,
    maxPerSecond: maxKnownPerSecond,
    fromNs: BigInt(now()) * 1_000_000n,
  });
  // The marker as this process knows it: where another process has begun anew, what was claimed here is gone as well.
  let since = "";
  let unfit: Error | undefined;

  const mark = async (run: string): Promise<void> => {
    since = `${run} ${floorNs}`;
    await redis.set(marker, since);
  };

  const begin = (run: string): Promise<void> => {
    floorNs = BigInt(now() + skewMs) * 1_000_000n;
    return mark(run);
  };

  const check = async (): Promise<void> => {
    const [text, held] = await Promise.all([redis.info(), redis.get(marker)]);
    const info = readRedisInfo(text);
    const wasUnfit = unfit !== undefined;
    unfit = keepsItsKeys(info) ? undefined : appError("E_REDIS_EVICTS", { address, policy: info.maxmemoryPolicy });
    if (unfit !== undefined) throw unfit;
    const { runId: run } = info;
    const [heldRun, heldFloor] = (held ?? "").split(" ");
    // While it evicted, nobody knows what went.
    if (wasUnfit || heldFloor === undefined || !/^\d+$/.test(heldFloor)) return begin(run);
    if (heldRun !== run && !(await losesNothing(redis, info))) return begin(run);
    floorNs = BigInt(heldFloor);
    since = `${heldRun} ${heldFloor}`;
    if (heldRun !== run) await mark(run);
  };

  await check();
  return {
    check,
    floorNs: () => floorNs,
    isUsed: (request) => request.issuedNs <= floorNs || known.has(request),
    claim: async (request) => {
      const { hotkey, replayId, issuedNs } = request;
      if (unfit !== undefined) throw unfit;
      // A body may come long after its headers were found fresh; its first use is remembered for a second longer than this.
      const oldestNs = BigInt(now() - maxAgeMs - skewMs) * 1_000_000n;
      if (issuedNs <= floorNs || issuedNs < oldestNs) return false;
      if (known.has(request)) return false;
      // Before Redis has answered: one that comes twice at once is a repeat already. And whatever it answers: where no answer comes it may have heard.
      known.add(request);
      const result = await redis.eval(claimScript, 2, marker, `${prefix}:${hotkey}:${replayId}`, keepMs, since);
      if (result === -1) {
        await check();
        return false;
      }
      return result === 1;
    },
  };
}

/** True when an acknowledged write survives a restart of Redis, and this is the server that acknowledged it. */
async function losesNothing(redis: ReplayRedis, { appendOnly, appendStatus, promoted }: RedisInfo): Promise<boolean> {
  if (!appendOnly || appendStatus !== "ok" || promoted) return false;
  try {
    const answer = await redis.config("GET", "appendfsync");
    const value = Array.isArray(answer) ? answer[1] : (answer as Record<string, unknown> | null)?.["appendfsync"];
    return value === "always";
  } catch {
    return false;
  }
}
