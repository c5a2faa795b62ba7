import { appError } from "@subnetkit/shared/errors/app-error";
import { Redis } from "ioredis";

/** Where Redis is, from a `redis://` or `rediss://` URL. */
export type RedisAddress = {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls: boolean;
};

/** Reads a Redis URL. Throws E_REDIS_URL, which never repeats the URL (it may hold a password). */
export function parseRedisUrl(url: string): RedisAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined) throw appError("E_REDIS_URL", { problem: "it is not a URL" });
  if (parsed.protocol !== "redis:" && parsed.protocol !== "rediss:") {
    throw appError("E_REDIS_URL", { problem: `its scheme is ${parsed.protocol}` });
  }
  const db = parsed.pathname === "" || parsed.pathname === "/" ? 0 : Number(parsed.pathname.slice(1));
  if (!Number.isInteger(db) || db < 0) throw appError("E_REDIS_URL", { problem: "the database is not a number" });
  return {
    host: parsed.hostname === "" ? "127.0.0.1" : parsed.hostname.replace(/^\[|\]$/g, ""),
    port: parsed.port === "" ? 6379 : Number(parsed.port),
    db,
    ...(parsed.username === "" ? {} : { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password === "" ? {} : { password: decodeURIComponent(parsed.password) }),
    tls: parsed.protocol === "rediss:",
  };
}

/** `host:port/db`, for messages. */
export function describeRedis(address: RedisAddress): string {
  return `${address.host}:${address.port}/${address.db}`;
}

/** The options of a connection that this project sets; the rest stays the library's default. */
export type ClientOptions = {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: object;
  readonly connectTimeout: number;
  readonly retryStrategy: (times: number) => number | null;
  readonly maxRetriesPerRequest?: number | null;
  readonly commandTimeout?: number;
  readonly socketTimeout?: number;
  readonly enableOfflineQueue?: boolean;
  readonly lazyConnect?: boolean;
};

/** An own client whose connection errors go to `onError`: without a listener they would end the process. */
export function openRedis(options: ClientOptions, onError: (error: unknown) => void): Redis {
  const client = new Redis(options);
  client.on("error", onError);
  return client;
}

const reconnectDelay = (times: number): number => Math.min(100 * times, 1_000);

function base(address: RedisAddress): ClientOptions {
  return {
    host: address.host,
    port: address.port,
    db: address.db,
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.tls ? { tls: {} } : {}),
    connectTimeout: 2_000,
    retryStrategy: reconnectDelay,
  };
}

/**
 * For queues, flows and scripts: fail fast, so that the caller can try again with the same job id. A command that timed out may still have
 * been executed.
 */
export function producerOptions(address: RedisAddress): ClientOptions {
  return { ...base(address), maxRetriesPerRequest: 1, commandTimeout: 2_000 };
}

/**
 * For workers: wait for Redis to come back (null), notice a peer that vanished without a FIN (socketTimeout, above the 10 s a worker blocks),
 * and no commandTimeout, which would starve a worker in silence.
 */
export function workerOptions(address: RedisAddress): ClientOptions {
  return { ...base(address), maxRetriesPerRequest: null, socketTimeout: 15_000 };
}

/** For the heartbeat: an answer within a second or an error, nothing kept for later. */
export function monitorOptions(address: RedisAddress): ClientOptions {
  return { ...base(address), enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 1_000 };
}
