import type { Redis } from "ioredis";
import { type StateKeys, stateKeys } from "./keys.ts";
import { createDialectStore, type DialectStore } from "./dialect-store.ts";
import { createRoundStore, type RoundStore } from "./round-store.ts";
import { openState, refuseFuture, type StateOwner } from "./schema.ts";
import { createScoreStore, type ScoreStore } from "./score-store.ts";

/** Everything this validator keeps about one subnet. */
export type Stores = {
  readonly keys: StateKeys;
  /** The validator's secret part of every round's seed. */
  readonly salt: Uint8Array;
  readonly rounds: RoundStore;
  readonly scores: ScoreStore;
  readonly dialects: DialectStore;
};

/**
 * Opens the stored state, and refuses it when it is not ours or lies beyond the chain's present round, before anything writes to it.
 * Throws what openState and refuseFuture throw.
 */
export async function openStores(
  options: { readonly prefix: string; readonly owner: StateOwner; readonly currentRound: number },
  redis: Redis,
): Promise<Stores> {
  const { prefix, owner, currentRound } = options;
  const keys = stateKeys(prefix, owner.netuid);
  const { salt } = await openState(redis, keys, owner);
  const rounds = createRoundStore(redis, keys);
  refuseFuture(await rounds.lastSettled(), currentRound);
  const scores = createScoreStore(redis, keys);
  return { keys, salt, rounds, scores, dialects: createDialectStore(redis, keys) };
}
