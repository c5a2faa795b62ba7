import type { Logger } from "@subnetkit/shared/log/logger";
import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import { openRedisReplayStore } from "@subnetkit/shared/protocol/redis-replay-store";
import { createMemoryReplayStore, type ReplayStore } from "@subnetkit/shared/protocol/replay-store";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import { Redis } from "ioredis";

/** Where used requests are remembered. */
export type ReplayStoreOptions = {
  /** A `redis://` URL; memory where absent. */
  readonly redisUrl: string | undefined;
  /** Our own ss58 hotkey: processes with the same one share a store. */
  readonly hotkey: string;
  readonly netuid: number;
  /** Oldest request that any dialect lets through, milliseconds. */
  readonly maxAgeMs: number;
};

/** A request waits this long for Redis before it is refused, and the start of the miner ten times as long. */
const commandTimeoutMs = 1_000;

/**
 * Memory by default: nothing to run, and nothing that a crash could lose, because what was signed before this process began is refused. Redis for
 * several processes with one hotkey, and for restarts without those two seconds of refusals. Rejects with E_REPLAY_REDIS when Redis does not answer now;
 * later outages refuse requests with 503 and end by themselves.
 */
export async function openReplayStore(
  { redisUrl, hotkey, netuid, maxAgeMs }: ReplayStoreOptions,
  { log, onClose }: { readonly log: Logger; readonly onClose: (close: () => void) => void },
): Promise<ReplayStore> {
  if (redisUrl === undefined) {
    const bootNs = BigInt(Math.round(performance.timeOrigin * 1_000)) * 1_000n;
    return createMemoryReplayStore({ maxAgeMs, bootNs });
  }
  const redis = new Redis(redisUrl, {
    enableOfflineQueue: true,
    maxRetriesPerRequest: 1,
    commandTimeout: commandTimeoutMs,
    connectTimeout: 2_000,
    retryStrategy: (times) => Math.min(100 * times, 1_000),
    enableAutoPipelining: true,
  });
  onClose(() => redis.disconnect());
  // Without a listener a connection error would end the process; the requests that it refuses tell of it in the metrics.
  redis.on("error", (error: unknown) =>
    log.debug({ reason: errorMessage(error) }, "the replay store's connection failed"),
  );
  try {
    const store = await withTimeout(
      openRedisReplayStore(redis, { prefix: `subnetkit:replay:${netuid}:${hotkey}`, maxAgeMs }),
      10 * commandTimeoutMs,
      "The replay store",
    );
    redis.on("ready", () => {
      store
        .check()
        .catch((error: unknown) => log.warn({ reason: errorMessage(error) }, "the replay store was not checked"));
    });
    return store;
  } catch (error) {
    redis.disconnect();
    throw appError("E_REPLAY_REDIS", { problem: errorMessage(error) }, { cause: error });
  }
}
