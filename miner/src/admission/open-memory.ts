import path from "node:path";
import { appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { openRedisReplayStore } from "@subnetkit/shared/protocol/redis-replay-store";
import { createMemoryReplayStore, type ReplayStore } from "@subnetkit/shared/protocol/replay-store";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import { Redis } from "ioredis";
import { knownAddressesInRedis, knownAddressFile, type KnownAddressStore } from "./known-addresses.ts";

/** Where used requests are remembered. */
export type ReplayStoreOptions = {
  /** A `redis://` URL; memory where absent. */
  readonly redisUrl: string | undefined;
  /** Without Redis: where the addresses of callers outlive the process. */
  readonly stateFolder: string;
  /** Our own ss58 hotkey: processes with the same one share a store. */
  readonly hotkey: string;
  readonly netuid: number;
  /** Oldest request that any dialect lets through, milliseconds. */
  readonly maxAgeMs: number;
  /** Unix milliseconds since when nobody else has answered at our address; undefined while somebody may. */
  readonly aloneSinceMs: number | undefined;
};

/** What outlives a request, and what outlives the process. */
export type MinerMemory = {
  readonly replay: ReplayStore;
  readonly known: KnownAddressStore;
  /** To be called once our port is ours: whoever answered there before answers no more. */
  listening(): void;
};

/** A request waits this long for Redis before it is refused, and the start of the miner ten times as long. */
const commandTimeoutMs = 1_000;

/** Whether Redis is still fit to remember is looked at this often, and after every reconnection. */
const lookMs = 60_000;

/**
 * Memory by default: nothing to run, and nothing that a crash could lose, because what was signed before this process was alone at its address is
 * refused. Redis for several processes with one hotkey, at one address after the other or at several at once, and for restarts without those two seconds of
 * refusals. Rejects with E_REPLAY_REDIS when Redis does not answer now and with E_REDIS_EVICTS when it may forget; later outages refuse requests with
 * 503 and end by themselves, and so does a later change of its policy.
 */
export async function openMemory(
  options: ReplayStoreOptions,
  modules: { readonly log: Logger; readonly onClose: (close: () => void) => void },
): Promise<MinerMemory> {
  const { redisUrl, hotkey, netuid, maxAgeMs, stateFolder, aloneSinceMs = Date.now() } = options;
  if (redisUrl !== undefined) return openRedisMemory({ ...options, redisUrl }, modules);
  const used = createMemoryReplayStore({ maxAgeMs, bootNs: BigInt(Math.ceil(aloneSinceMs)) * 1_000_000n });
  let isOurs = options.aloneSinceMs !== undefined;
  return {
    // Requests may come a moment before we are told that the port is ours: until then nobody knows what the floor is.
    replay: { claim: (request) => isOurs && used.claim(request), isUsed: (request) => !isOurs || used.isUsed(request) },
    known: knownAddressFile(path.join(stateFolder, `known-${netuid}-${hotkey}.json`), modules),
    listening: () => {
      if (isOurs) return;
      used.forgetUntil(BigInt(Date.now()) * 1_000_000n);
      isOurs = true;
    },
  };
}

async function openRedisMemory(
  { redisUrl, hotkey, netuid, maxAgeMs }: ReplayStoreOptions & { readonly redisUrl: string },
  { log, onClose }: { readonly log: Logger; readonly onClose: (close: () => void) => void },
): Promise<MinerMemory> {
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
  const prefix = `subnetkit:replay:${netuid}:${hotkey}`;
  const address = `${redis.options.host ?? "?"}:${redis.options.port ?? "?"}/${redis.options.db ?? 0}`;
  try {
    const opening = openRedisReplayStore(redis, { prefix, maxAgeMs, address });
    const replay = await withTimeout(opening, 10 * commandTimeoutMs, "The replay store");
    let unfit = false;
    const look = async (): Promise<void> => {
      try {
        await replay.check();
        if (unfit) log.info("the replay store is fit again");
        unfit = false;
      } catch (error) {
        const evicts = isAppError(error, "E_REDIS_EVICTS");
        if (evicts && !unfit) log.error({ err: error }, "the replay store may forget: signed requests are refused");
        if (!evicts) log.warn({ reason: errorMessage(error) }, "the replay store was not checked");
        unfit ||= evicts;
      }
    };
    redis.on("ready", () => void look());
    const timer = setInterval(() => void look(), lookMs);
    timer.unref();
    onClose(() => clearInterval(timer));
    return { replay, known: knownAddressesInRedis(redis, { prefix }), listening: () => undefined };
  } catch (error) {
    redis.disconnect();
    if (isAppError(error, "E_REDIS_EVICTS")) throw error;
    throw appError("E_REPLAY_REDIS", { problem: errorMessage(error) }, { cause: error });
  }
}
