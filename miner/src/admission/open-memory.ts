import path from "node:path";
import { appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { openRedisReplayStore } from "@subnetkit/shared/protocol/redis-replay-store";
import {
  createMemoryReplayStore,
  type MemoryReplayStore,
  type ReplayStore,
} from "@subnetkit/shared/protocol/replay-store";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import { Redis } from "ioredis";
import { knownAddressesInRedis, knownAddressFile, type KnownAddressStore } from "./known-addresses.ts";
import { usedUntilFile, type UsedNote } from "./used-until.ts";

/** Where used requests are remembered. */
export type ReplayStoreOptions = {
  /** A `redis://` URL; memory where absent. */
  readonly redisUrl: string | undefined;
  /** Without Redis: where the addresses of callers, and up to when requests were let in, outlive the process. */
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

/** The allowed skew, as the store has it. */
const skewMs = 2_000;

/** How often it is looked at the clock, and noted up to when requests were let in. */
const noteMs = 5_000;

const toNs = (ms: number): bigint => BigInt(Math.ceil(ms)) * 1_000_000n;

const noteNs = toNs(noteMs);

/**
 * Memory by default: nothing to run, and nothing that a crash could lose, because what was signed before this process was alone at its address is
 * refused. Redis for several processes with one hotkey, at one address after the other or at several at once, and for restarts without those two seconds of
 * refusals. Rejects with E_REPLAY_REDIS when Redis does not answer now and with E_REDIS_EVICTS when it may forget; later outages refuse requests with
 * 503 and end by themselves, and so does a later change of its policy.
 */
export async function openMemory(
  options: ReplayStoreOptions,
  modules: { readonly log: Logger; readonly onClose: (close: () => void | Promise<void>) => void },
): Promise<MinerMemory> {
  const { redisUrl, hotkey, netuid, stateFolder } = options;
  if (redisUrl !== undefined) return openRedisMemory({ ...options, redisUrl }, modules);
  const used = await openUsed(options, modules);
  let isOurs = options.aloneSinceMs !== undefined;
  return {
    // Requests may come a moment before we are told that the port is ours: until then nobody knows what the floor is.
    replay: { claim: (request) => isOurs && used.claim(request), isUsed: (request) => !isOurs || used.isUsed(request) },
    known: knownAddressFile(path.join(stateFolder, `known-${netuid}-${hotkey}.json`), modules),
    listening: () => {
      if (isOurs) return;
      used.forgetUntil(toNs(Date.now()));
      isOurs = true;
    },
  };
}

/**
 * The store in memory, and what it takes for granted of the clock: that it is not behind what it was when an earlier process let requests in, and that it
 * only goes on. Where the former is not so, what was signed until then is refused as well. Where it is set back while we run, by more than a request may
 * be old, the store begins anew: what it refused before it knew of anything would be refused again, for as long as it was set back.
 */
async function openUsed(
  { hotkey, netuid, maxAgeMs, stateFolder, aloneSinceMs = Date.now() }: ReplayStoreOptions,
  { log, onClose }: { readonly log: Logger; readonly onClose: (close: () => void | Promise<void>) => void },
): Promise<Pick<MemoryReplayStore, "claim" | "isUsed" | "forgetUntil">> {
  const file = path.join(stateFolder, `used-${netuid}-${hotkey}.json`);
  const notes = usedUntilFile(file, { log });
  const noted = await notes.load();
  // A process that did not end as it should has let more in than it had noted.
  const earlierNs = noted === undefined ? undefined : noted.usedUntilNs + noteNs;
  const isBehind = noted !== undefined && noted.usedUntilNs > toNs(aloneSinceMs + skewMs);
  const bootNs = isBehind
    ? noted.usedUntilNs + noteNs
    : bootOf(aloneSinceMs, earlierNs ?? 0n, noted === undefined ? 0 : setBackSince(noted));
  const used = createMemoryReplayStore({ maxAgeMs, skewMs, bootNs });
  const until = (): string => new Date(Number(used.floorNs / 1_000_000n)).toISOString();
  if (isBehind)
    log.error({ file, until: until() }, "the clock is behind what it was: requests signed until then are refused");

  let savedNs = noted?.usedUntilNs ?? 0n;
  let saving = Promise.resolve();
  const note = (): Promise<void> => {
    const { usedUntilNs } = used;
    if (usedUntilNs <= savedNs) return saving;
    savedNs = usedUntilNs;
    // One after the other: they are written to the same file.
    saving = saving.then(() => notes.save({ usedUntilNs, uptimeMs: uptimeMs(), clockMs: Date.now() }));
    return saving;
  };
  const aheadMs = (): number => Date.now() - performance.now();
  let wasAheadMs = aheadMs();
  const look = (): void => {
    const isAheadMs = aheadMs();
    const backMs = Math.round(wasAheadMs - isAheadMs);
    // Little by little is how a clock is corrected that is nearly right.
    if (backMs < maxAgeMs + skewMs) {
      wasAheadMs = Math.max(wasAheadMs - noteMs, isAheadMs);
      return;
    }
    wasAheadMs = isAheadMs;
    // Without a note from before, an earlier process may have let in whatever was signed until this one began.
    used.beginAnew(toNs(Date.now()), earlierNs ?? used.floorNs);
    log.error({ backMs, until: until() }, "the clock was set back: requests signed until then are refused");
  };
  const timer = setInterval(() => {
    look();
    void note();
  }, noteMs);
  timer.unref();
  onClose(() => {
    clearInterval(timer);
    return note();
  });
  return {
    isUsed: used.isUsed,
    forgetUntil: used.forgetUntil,
    claim: (request) => {
      const isFirst = used.claim(request);
      // What was noted last would not cover it: nothing was let in for a while, or the clock was set forward.
      if (isFirst && request.issuedNs > savedNs + noteNs) void note();
      return isFirst;
    },
  };
}

/** Milliseconds of a clock that is never set, and that all processes of this machine share. */
const uptimeMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

/** By how many milliseconds the clock was set back since a note was made; infinite where nothing tells. */
function setBackSince(note: UsedNote): number {
  const nowMs = uptimeMs();
  if (note.uptimeMs === undefined || nowMs < note.uptimeMs) return Number.POSITIVE_INFINITY;
  return Math.max(0, note.clockMs - note.uptimeMs - (Date.now() - nowMs));
}

/** Since when nobody else can have let anything in, where the clock was set back by so much: but never later than what was signed up to then. */
function bootOf(aloneSinceMs: number, earlierNs: bigint, setBackMs: number): bigint {
  const lastNs = earlierNs - toNs(skewMs);
  const setBackNs = Number.isFinite(setBackMs) ? toNs(aloneSinceMs + setBackMs) : lastNs;
  const knownNs = setBackNs < lastNs ? setBackNs : lastNs;
  const aloneNs = toNs(aloneSinceMs);
  return knownNs > aloneNs ? knownNs : aloneNs;
}

async function openRedisMemory(
  { redisUrl, hotkey, netuid, maxAgeMs }: ReplayStoreOptions & { readonly redisUrl: string },
  { log, onClose }: { readonly log: Logger; readonly onClose: (close: () => void | Promise<void>) => void },
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
    const sayFloor = (): void => {
      const untilMs = Number(replay.floorNs() / 1_000_000n);
      if (untilMs <= Date.now() + skewMs) return;
      const until = new Date(untilMs).toISOString();
      log.error(
        { key: `${prefix}:since`, until },
        "the clock is behind what it was: requests signed until then are refused",
      );
    };
    sayFloor();
    let unfit = false;
    const look = async (): Promise<void> => {
      try {
        await replay.check();
        sayFloor();
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
