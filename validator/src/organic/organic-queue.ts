import type { RedisClient } from "../queue/connection.ts";
import type { StateKeys } from "../store/keys.ts";
import { runScript } from "../store/run-script.ts";
import { organicBounds, type OrganicPair, organicPairSchema } from "./organic-pair.ts";

/** A pair, and the text that takes it out of the queue again. Without a pair: the text is not one, or of another version. */
export type WaitingPair = { readonly pair: OrganicPair | undefined; readonly text: string };

/** Pairs that wait to be scored with a round: written by whoever serves users, taken by whoever plans. */
export interface OrganicQueue {
  /** Adds a pair. `full`: as many as are kept wait already, `large`: it is too long; either is dropped. */
  offer(pair: OrganicPair): Promise<"queued" | "full" | "large">;
  /** The oldest ones; {@link organicBounds}.waiting are all. They stay until a plan is pinned with them (see round-store.ts). */
  oldest(count: number): Promise<readonly WaitingPair[]>;
}

/** KEYS queue. ARGV text, most that wait. Answers 1 added, 0 full. A repetition after a lost reply adds the same pair only once. */
const offerScript = `
if redis.call('LPOS', KEYS[1], ARGV[1]) then return 1 end
if redis.call('LLEN', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[1])
return 1
`;

/** Makes the queue over a connection that fails fast. */
export function createOrganicQueue(redis: RedisClient, keys: Pick<StateKeys, "organic">): OrganicQueue {
  return {
    async offer(pair) {
      const text = JSON.stringify(pair);
      if (text.length > organicBounds.pairChars) return "large";
      const added = await runScript(redis, offerScript, [keys.organic], [text, organicBounds.waiting]);
      return added === 1 ? "queued" : "full";
    },
    async oldest(count) {
      if (count === 0) return [];
      const texts = await redis.lrange(keys.organic, 0, count - 1);
      return texts.map((text) => ({ text, pair: readPair(text) }));
    },
  };
}

/** Undefined for what another version put there: it must not keep rounds from being planned. */
function readPair(text: string): OrganicPair | undefined {
  try {
    return organicPairSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** What a plan takes of the pairs that wait: those to score, and the texts to remove, which are these and the ones that no round will take any more. */
export type TakenPairs = { readonly pairs: readonly OrganicPair[]; readonly texts: readonly string[] };

/** Pairs of miners that are not asked make room from so many that wait on, until so many are left. */
const crowded = {
  from: Math.floor((organicBounds.waiting * 3) / 4),
  to: Math.floor(organicBounds.waiting / 2),
} as const;

/**
 * Chooses the pairs of a round among all that wait: the oldest of miners that the round asks, at most `perRound`. A pair of a miner that is not asked waits for
 * a round that asks it, and goes when it is too old, or when there would soon be no room for others: where few miners are asked at a time, theirs would fill the
 * queue for an hour. Pure.
 */
export function takePairs(
  waiting: readonly WaitingPair[],
  {
    perRound,
    asked,
    tasks,
    nowMs,
  }: {
    readonly perRound: number;
    readonly asked: ReadonlySet<string>;
    /** Tasks that can score them. */
    readonly tasks: ReadonlySet<string>;
    readonly nowMs: number;
  },
): TakenPairs {
  const pairs: OrganicPair[] = [];
  const texts: string[] = [];
  const passed: string[] = [];
  for (const { pair, text } of waiting) {
    if (pair === undefined || nowMs - pair.atMs > organicBounds.maxAgeMs || !tasks.has(pair.taskId)) {
      texts.push(text);
      continue;
    }
    if (!asked.has(pair.hotkey)) passed.push(text);
    else if (pairs.length < perRound) {
      pairs.push(pair);
      texts.push(text);
    }
  }
  const left = waiting.length - texts.length;
  return { pairs, texts: left > crowded.from ? [...texts, ...passed.slice(0, left - crowded.to)] : texts };
}
