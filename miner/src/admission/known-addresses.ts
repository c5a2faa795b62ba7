import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { z } from "zod";

/** A hotkey has proven, by a signature used for the first time, to ask from a network (as `networkOf` names it). */
export type KnownAddress = {
  readonly hotkey: string;
  readonly network: string;
  /** When it did so last, minutes of unix time. */
  readonly minute: number;
};

/** Where they outlive the process, so that a flood of forgeries does not find a miner that has just started and knows nobody. */
export interface KnownAddressStore {
  /** Those of the last day. */
  load(): Promise<readonly KnownAddress[]>;
  /** Adds to what is stored; what is older than a day goes. */
  add(known: readonly KnownAddress[]): Promise<void>;
}

/** An address is somebody else's after a while. */
export const keepMinutes = 24 * 60;

/** More are a mistake, or somebody's doing; the oldest go. */
const maxKnown = 65_536;

const minuteOf = (ms: number): number => Math.floor(ms / 60_000);

const fileSchema = z.object({ known: z.array(z.tuple([z.string().max(64), z.string().max(64), z.int().min(0)])) });

/** In a file (mode 0600), for a miner that has no Redis. One that cannot be read counts as empty, and is said. */
export function knownAddressFile(
  file: string,
  { log, now = Date.now }: { readonly log: Logger; readonly now?: () => number },
): KnownAddressStore {
  let all: readonly KnownAddress[] = [];
  const merge = (more: readonly KnownAddress[]): void => {
    const oldest = minuteOf(now()) - keepMinutes;
    const byName = new Map([...all, ...more].map((known) => [`${known.hotkey} ${known.network}`, known]));
    all = [...byName.values()].filter(({ minute }) => minute >= oldest).slice(-maxKnown);
  };
  return {
    load: async () => {
      try {
        const { known } = fileSchema.parse(JSON.parse(await readFile(file, "utf8")));
        merge(known.map(([hotkey, network, minute]) => ({ hotkey, network, minute })));
      } catch (error) {
        if ((error as { code?: unknown } | null)?.code !== "ENOENT")
          log.warn({ file, reason: errorMessage(error) }, "the known addresses of callers cannot be read");
      }
      return all;
    },
    add: async (more) => {
      merge(more);
      await mkdir(dirname(file), { recursive: true });
      const known = all.map(({ hotkey, network, minute }) => [hotkey, network, minute]);
      await writeFile(`${file}.new`, JSON.stringify({ known }), { mode: 0o600 });
      await rename(`${file}.new`, file);
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

/** In Redis, beside the used requests: what one process of a hotkey learns, the others know when they start. */
export function knownAddressesInRedis(
  redis: KnownAddressRedis,
  { prefix, now = Date.now }: { readonly prefix: string; readonly now?: () => number },
): KnownAddressStore {
  const key = `${prefix}:known`;
  return {
    load: async () => {
      const oldest = minuteOf(now()) - keepMinutes;
      const stored = Object.entries(await redis.hgetall(key)).map(([name, minute]) => {
        const [hotkey = "", network = ""] = name.split(" ");
        return { name, hotkey, network, minute: Number(minute) };
      });
      const gone = stored.filter(({ minute }) => !(minute >= oldest)).map(({ name }) => name);
      if (gone.length > 0) await redis.hdel(key, ...gone.slice(0, 10_000));
      return stored.filter(({ minute }) => minute >= oldest).slice(-maxKnown);
    },
    add: async (known) => {
      if (known.length === 0) return;
      const fields = known.map(({ hotkey, network, minute }) => [`${hotkey} ${network}`, minute] as const);
      await redis.hset(key, Object.fromEntries(fields));
      await redis.expire(key, keepMinutes * 60);
    },
  };
}
