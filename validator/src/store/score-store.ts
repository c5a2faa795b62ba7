import type { RedisClient } from "../queue/connection.ts";
import { type Seen, seenSchema } from "../round/seen.ts";
import type { StateKeys } from "./keys.ts";

/** One miner's standing: the EMA that decides its weight, and what was last seen of it. */
export type Standing = { readonly hotkey: string; readonly ema: number; readonly seen: Seen | undefined };

/** The scores of one subnet, by hotkey. */
export interface ScoreStore {
  /** Every hotkey that was ever scored and not forgotten. */
  standings(): Promise<ReadonlyMap<string, Standing>>;
  /** What was last seen of some hotkeys. */
  seen(hotkeys: readonly string[]): Promise<ReadonlyMap<string, Seen>>;
  /** Drops hotkeys that left the subnet long ago, so that the state stays bounded. */
  forget(hotkeys: readonly string[]): Promise<void>;
}

/** Makes the store over a connection that fails fast. Only the settle script writes scores. */
export function createScoreStore(redis: RedisClient, keys: StateKeys): ScoreStore {
  return {
    async standings() {
      const [emas, seen] = await Promise.all([redis.hgetall(keys.ema), redis.hgetall(keys.seen)]);
      return new Map(
        Object.entries(emas).map(([hotkey, text]) => [
          hotkey,
          { hotkey, ema: clampUnit(Number(text)), seen: parseSeen(seen[hotkey]) },
        ]),
      );
    },
    async seen(hotkeys) {
      if (hotkeys.length === 0) return new Map();
      const texts = await redis.hmget(keys.seen, ...hotkeys);
      return new Map(
        hotkeys.flatMap((hotkey, i): [string, Seen][] => {
          const parsed = parseSeen(texts[i]);
          return parsed === undefined ? [] : [[hotkey, parsed]];
        }),
      );
    },
    async forget(hotkeys) {
      if (hotkeys.length === 0) return;
      await redis
        .multi()
        .hdel(keys.ema, ...hotkeys)
        .hdel(keys.seen, ...hotkeys)
        .hdel(keys.dialects, ...hotkeys)
        .exec();
    },
  };
}

/** The EMA of numbers in 0..1 can leave that range by a rounding error. */
function clampUnit(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function parseSeen(text: string | null | undefined): Seen | undefined {
  return text === null || text === undefined ? undefined : seenSchema.parse(JSON.parse(text));
}
