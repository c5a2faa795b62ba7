import type { ReplayStore, UsedRequest } from "./replay-store.ts";

/** What the store needs of a Redis client; an `ioredis` instance has it. Every call must have its own deadline. */
export interface ReplayRedis {
  eval(script: string, numberOfKeys: number, ...args: (string | number)[]): Promise<unknown>;
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
  info(section: string): Promise<string>;
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
};

/** A store in Redis, and when it began to know. */
export interface RedisReplayStore extends ReplayStore {
  claim(request: UsedRequest): Promise<boolean>;
  /** Looks whether Redis still knows what it knew: to be called after every reconnection. */
  check(): Promise<void>;
  /** Requests signed up to this are refused, unix nanoseconds. */
  floorNs(): bigint;
}

// -1: the marker is gone or another, so earlier claims may be gone as well. Otherwise 1 for a first use and 0 for a repeat.
const claimScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[2] then return -1 end
if redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[1]) then return 1 end
return 0`;

/**
 * Used requests in Redis: for several processes with one hotkey, and for restarts that refuse nobody. A marker says since when this Redis has known
 * every claim. Where it is missing, or where Redis itself was restarted without `appendfsync always` (claims of its last second may be lost), the
 * store has to assume the worst: it refuses everything signed up to now plus the allowed skew, which is what an honest caller waits out in
 * two seconds and a replay never gets past. Cost: one round trip to Redis per request; the memory store costs none and refuses for those two seconds
 * after every restart.
 */
export async function openRedisReplayStore(
  redis: ReplayRedis,
  { prefix, maxAgeMs, skewMs = 2_000, now = Date.now }: RedisReplayStoreOptions,
): Promise<RedisReplayStore> {
  const marker = `${prefix}:since`;
  const keepMs = maxAgeMs + 2 * skewMs + 1_000;
  let floorNs = 0n;
  // The marker as this process knows it: where another process has begun anew, what was claimed here is gone as well.
  let since = "";

  const mark = async (run: string): Promise<void> => {
    since = `${run} ${floorNs}`;
    await redis.set(marker, since);
  };

  const begin = (run: string): Promise<void> => {
    floorNs = BigInt(now() + skewMs) * 1_000_000n;
    return mark(run);
  };

  const check = async (): Promise<void> => {
    const [info, held] = await Promise.all([redis.info("server"), redis.get(marker)]);
    const run = /^run_id:(\w+)/m.exec(info)?.[1] ?? "unknown";
    const [heldRun, heldFloor] = (held ?? "").split(" ");
    if (heldFloor === undefined || !/^\d+$/.test(heldFloor)) return begin(run);
    if (heldRun !== run && !(await losesNothing(redis))) return begin(run);
    floorNs = BigInt(heldFloor);
    since = `${heldRun} ${heldFloor}`;
    if (heldRun !== run) await mark(run);
  };

  await check();
  return {
    check,
    floorNs: () => floorNs,
    claim: async ({ hotkey, replayId, issuedNs }) => {
      // A body may come long after its headers were found fresh; its first use is remembered for a second longer than this.
      const oldestNs = BigInt(now() - maxAgeMs - skewMs) * 1_000_000n;
      if (issuedNs <= floorNs || issuedNs < oldestNs) return false;
      const result = await redis.eval(claimScript, 2, marker, `${prefix}:${hotkey}:${replayId}`, keepMs, since);
      if (result === -1) {
        await check();
        return false;
      }
      return result === 1;
    },
  };
}

/** True when an acknowledged write survives a restart of Redis. */
async function losesNothing(redis: ReplayRedis): Promise<boolean> {
  const read = async (name: string): Promise<string> => {
    const answer = await redis.config("GET", name);
    return Array.isArray(answer) ? String(answer[1]) : String((answer as Record<string, unknown> | null)?.[name]);
  };
  try {
    return (await read("appendonly")) === "yes" && (await read("appendfsync")) === "always";
  } catch {
    return false;
  }
}
