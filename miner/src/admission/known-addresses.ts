import { readFile } from "node:fs/promises";
import { errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { z } from "zod";
import { replaceFile } from "./replace-file.ts";

/** A hotkey has proven, by a signature used for the first time, to ask from a network (as `networkOf` names it). */
export type KnownAddress = {
  readonly hotkey: string;
  readonly network: string;
  /** When it did so last, minutes of unix time. */
  readonly minute: number;
};

/** Where they outlive the process, so that a flood of forgeries does not find a miner that has just started and knows nobody. */
export interface KnownAddressStore {
  /** A file, or a key of Redis. */
  readonly place: string;
  /** Those of the last day. */
  load(): Promise<readonly KnownAddress[]>;
  /** Adds to what is stored; what is older than a day goes. */
  add(known: readonly KnownAddress[]): Promise<void>;
}

/** An address is somebody else's after a while. */
export const keepMinutes = 24 * 60;

/** Networks remembered of each hotkey, the newest: a caller that asks from ever new ones takes nobody else's room. */
export const maxNetworks = 64;

/** More are a mistake, or somebody's doing; the oldest go. */
const maxKnown = 65_536;

const minuteOf = (ms: number): number => Math.floor(ms / 60_000);

/** What is worth keeping of all these, the newest last. Of two for the same network the later in the row counts. */
function worthKeeping<K extends KnownAddress>(all: Iterable<K>, nowMs: number): readonly K[] {
  const oldest = minuteOf(nowMs) - keepMinutes;
  const byName = new Map([...all].map((known) => [`${known.hotkey} ${known.network}`, known]));
  const newestFirst = [...byName.values()].filter(({ minute }) => minute >= oldest).sort((a, b) => b.minute - a.minute);
  const networksOf = new Map<string, number>();
  const kept = newestFirst.filter(({ hotkey }) => {
    const networks = (networksOf.get(hotkey) ?? 0) + 1;
    networksOf.set(hotkey, networks);
    return networks <= maxNetworks;
  });
  return kept.slice(0, maxKnown).reverse();
}

const fileSchema = z.object({ known: z.array(z.tuple([z.string().max(64), z.string().max(64), z.int().min(0)])) });

/** In a file (mode 0600), for a miner that has no Redis. One that cannot be read counts as empty, and is said. */
export function knownAddressFile(
  file: string,
  { log, now = Date.now }: { readonly log: Logger; readonly now?: () => number },
): KnownAddressStore {
  let all: readonly KnownAddress[] = [];
  const merge = (more: readonly KnownAddress[]): void => {
    all = worthKeeping([...all, ...more], now());
  };
  return {
    place: file,
    load: async () => {
      try {
        const { known } = fileSchema.parse(JSON.parse(await readFile(file, "utf8")));
        merge(known.map(([hotkey, network, minute]) => ({ hotkey, network, minute })));
      } catch (error) {
        if ((error as { code?: unknown } | null)?.code !== "ENOENT")
          log.warn(
            { file, reason: errorMessage(error), remedy: "Delete it, or let this user read it: it is written anew." },
            "the known addresses of callers cannot be read",
          );
      }
      return all;
    },
    add: async (more) => {
      merge(more);
      const known = all.map(({ hotkey, network, minute }) => [hotkey, network, minute]);
      await replaceFile(file, JSON.stringify({ known }));
    },
  };
}

/** What is needed of a Redis client; an `ioredis` instance has it. */
export interface KnownAddressRedis {
  hgetall(key: string): Promise<Record<string, string>>;
  hset(key: string, fields: Record<string, number>): Promise<unknown>;
  hdel(key: string, ...fields: string[]): Promise<unknown>;
  expire(key: string, seconds: number): Promise<unknown>;
}

/** A process that runs for months does not load, which takes out what is too old: it tidies up so often. */
const tidyMs = 10 * 60_000;

/** In Redis, beside the used requests: what one process of a hotkey learns, the others know when they start. */
export function knownAddressesInRedis(
  redis: KnownAddressRedis,
  { prefix, now = Date.now }: { readonly prefix: string; readonly now?: () => number },
): KnownAddressStore {
  const key = `${prefix}:known`;
  let tidyAtMs = now() + tidyMs;
  const load = async (): Promise<readonly KnownAddress[]> => {
    const stored = Object.entries(await redis.hgetall(key)).map(([name, minute]) => {
      const [hotkey = "", network = ""] = name.split(" ");
      return { name, hotkey, network, minute: Number(minute) };
    });
    const kept = worthKeeping(stored, now());
    const names = new Set(kept.map(({ name }) => name));
    const gone = stored.filter(({ name }) => !names.has(name)).map(({ name }) => name);
    for (let from = 0; from < gone.length; from += 10_000) await redis.hdel(key, ...gone.slice(from, from + 10_000));
    return kept;
  };
  return {
    place: `Redis: ${key}`,
    load,
    add: async (known) => {
      if (known.length === 0) return;
      const fields = known.map(({ hotkey, network, minute }) => [`${hotkey} ${network}`, minute] as const);
      await redis.hset(key, Object.fromEntries(fields));
      await redis.expire(key, keepMinutes * 60);
      if (now() < tidyAtMs) return;
      tidyAtMs = now() + tidyMs;
      await load();
    },
  };
}
