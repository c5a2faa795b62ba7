import type { RedisClient } from "../queue/connection.ts";
import { type Spoken, spokenSchema } from "../round/dialects/spoken.ts";
import type { StateKeys } from "./keys.ts";

/** The dialects that miners were found to speak, by hotkey. */
export interface DialectStore {
  of(hotkeys: readonly string[]): Promise<ReadonlyMap<string, Spoken>>;
  /** Keeps what was learnt. Safe to repeat. */
  keep(learnt: ReadonlyMap<string, Spoken>): Promise<void>;
}

/** Makes the store over a connection that fails fast. */
export function createDialectStore(redis: RedisClient, keys: StateKeys): DialectStore {
  return {
    async of(hotkeys) {
      if (hotkeys.length === 0) return new Map();
      const texts = await redis.hmget(keys.dialects, ...hotkeys);
      return new Map(
        hotkeys.flatMap((hotkey, i): [string, Spoken][] => {
          const text = texts[i];
          return text === null || text === undefined ? [] : [[hotkey, spokenSchema.parse(JSON.parse(text))]];
        }),
      );
    },
    async keep(learnt) {
      if (learnt.size === 0) return;
      await redis.hset(keys.dialects, ...[...learnt].flatMap(([hotkey, spoken]) => [hotkey, JSON.stringify(spoken)]));
    },
  };
}
