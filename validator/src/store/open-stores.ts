import type { ChainClient } from "@subnetkit/chain/client/connect";
import { roundOf } from "@subnetkit/shared/clock/block-clock";
import { appError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { delay } from "@subnetkit/shared/util/delay";
import type { RedisClient } from "../queue/connection.ts";
import { createOrganicQueue, type OrganicQueue } from "../organic/organic-queue.ts";
import { type StateKeys, stateKeys } from "./keys.ts";
import { createDialectStore, type DialectStore } from "./dialect-store.ts";
import type { Replicate } from "./replicate.ts";
import { createRoundStore, type RoundStore } from "./round-store.ts";
import { type ChainFacts, openState, publishChainFacts, readState, refuseFuture } from "./schema.ts";
import { createScoreStore, type ScoreStore } from "./score-store.ts";

/** Everything this validator keeps about one subnet. */
export type Stores = {
  readonly keys: StateKeys;
  readonly rounds: RoundStore;
  readonly scores: ScoreStore;
  readonly dialects: DialectStore;
  readonly organic: OrganicQueue;
};

/** Makes the stores; nothing is read or written yet. */
export function createStores(
  { prefix, netuid }: { readonly prefix: string; readonly netuid: number },
  { redis, replicate }: { readonly redis: RedisClient; readonly replicate?: Replicate | undefined },
): Stores {
  const keys = stateKeys(prefix, netuid);
  return {
    keys,
    rounds: createRoundStore(redis, keys, replicate),
    scores: createScoreStore(redis, keys),
    dialects: createDialectStore(redis, keys),
    organic: createOrganicQueue(redis, keys),
  };
}

/** The state once it is claimed, and what processes without a chain connection know of the chain by it. */
export type OpenedStores = ChainFacts & {
  /** The validator's secret part of every round's seed. */
  readonly salt: Uint8Array;
};

/**
 * For a process with a chain connection: claims the stored state, and refuses it when it is not ours or lies beyond the chain's present round, before
 * anything else writes to it. Throws what openState and refuseFuture throw.
 */
export async function claimState(
  { keys, rounds }: Stores,
  { netuid, hotkey, roundBlocks }: { readonly netuid: number; readonly hotkey: string; readonly roundBlocks: number },
  modules: { readonly redis: RedisClient; readonly client: Pick<ChainClient, "genesisHash" | "blockMs" | "head"> },
): Promise<OpenedStores> {
  const { redis, client } = modules;
  const { genesisHash, blockMs } = client;
  const { salt } = await openState(redis, keys, { genesisHash, netuid, hotkey });
  refuseFuture(await rounds.lastSettled(), roundOf(client.head().number, roundBlocks));
  await publishChainFacts(redis, keys, { genesisHash, blockMs });
  return { salt, genesisHash, blockMs };
}

/** How long a process without a chain connection waits for the first one that has one. */
const stateWaitMs = 60_000;

/**
 * For a process without a chain connection: waits until one with it has claimed the state, so that machines may be started in any order. Throws
 * E_STATE_ABSENT after a minute, and what openState throws.
 */
export async function awaitState(
  { keys }: Stores,
  owner: { readonly netuid: number; readonly hotkey: string; readonly genesisHash: string | undefined },
  modules: {
    readonly redis: RedisClient;
    readonly signal: AbortSignal;
    readonly log: Logger;
    readonly waitMs?: number;
  },
): Promise<OpenedStores> {
  const { redis, signal, log, waitMs = stateWaitMs } = modules;
  const startedAt = performance.now();
  for (let asked = 0; ; asked++) {
    const found = await readState(redis, keys, owner);
    if (found !== undefined) return found;
    if (performance.now() - startedAt > waitMs) throw appError("E_STATE_ABSENT", owner);
    if (asked === 0) log.info("no process with the plan or weights role has been here yet: waiting for one");
    await delay(500, signal);
  }
}
