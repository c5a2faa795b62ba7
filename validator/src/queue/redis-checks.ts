import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import type { Redis } from "ioredis";
import { describeRedis, openRedis, producerOptions, type RedisAddress } from "./connection.ts";

/** What the start-up check found. `warnings` are for a human: the validator runs, but could lose something. */
export type RedisFacts = {
  readonly version: string;
  readonly appendfsync: string | undefined;
  readonly warnings: readonly string[];
};

/** Oldest server the queue library does not warn about. */
const minimumVersion = [6, 2] as const;

/**
 * Asks a Redis whether it may hold scores: it answers within `deadlineMs`, is new enough, never evicts and keeps an append-only file
 * that it can write. Throws E_REDIS_UNREACHABLE, E_REDIS_TOO_OLD, E_REDIS_EVICTS, E_REDIS_NOT_DURABLE. A connection of its own, closed
 * again: queues on a Redis that does not answer would hang for ever.
 */
export async function checkRedis(address: RedisAddress, deadlineMs = 5_000): Promise<RedisFacts> {
  const where = describeRedis(address);
  let lastError: unknown;
  const client = openRedis(
    { ...producerOptions(address), lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null },
    (error) => {
      lastError = error;
    },
  );
  try {
    const info = await withTimeout(readInfo(client), deadlineMs, "The first answer of Redis");
    return judge(where, info.info, info.appendfsync);
  } catch (error) {
    if (isJudgement(error)) throw error;
    throw appError(
      "E_REDIS_UNREACHABLE",
      { address: where, problem: errorMessage(lastError ?? error) },
      { cause: error },
    );
  } finally {
    client.disconnect();
  }
}

async function readInfo(client: Redis): Promise<{ info: string; appendfsync: string | undefined }> {
  await client.connect();
  await client.ping();
  const info = await client.info();
  const fsync = await client.config("GET", "appendfsync").catch(() => undefined);
  return { info, appendfsync: Array.isArray(fsync) && typeof fsync[1] === "string" ? fsync[1] : undefined };
}

/** The verdict over the text of INFO, apart from the connection so that it can be tried on any text. */
export function judge(address: string, info: string, appendfsync: string | undefined): RedisFacts {
  const fields = new Map(
    info.split(/\r?\n/).flatMap((line): [string, string][] => {
      const at = line.indexOf(":");
      return line.startsWith("#") || at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
  const version = fields.get("redis_version") ?? "unknown";
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10) || 0);
  if (major < minimumVersion[0] || (major === minimumVersion[0] && minor < minimumVersion[1])) {
    throw appError("E_REDIS_TOO_OLD", { address, version, minimum: minimumVersion.join(".") });
  }
  const policy = fields.get("maxmemory_policy") ?? "unknown";
  if (policy !== "noeviction") throw appError("E_REDIS_EVICTS", { address, policy });
  if (fields.get("aof_enabled") !== "1")
    throw appError("E_REDIS_NOT_DURABLE", { address, problem: "appendonly is off" });
  const writeStatus = fields.get("aof_last_write_status") ?? "unknown";
  if (writeStatus !== "ok")
    throw appError("E_REDIS_NOT_DURABLE", {
      address,
      problem: `the last write of the append-only file: ${writeStatus}`,
    });
  const warnings =
    appendfsync === "always"
      ? []
      : [`appendfsync is ${appendfsync ?? "unknown"}: a power cut can lose about a second of scores`];
  return { version, appendfsync, warnings };
}

function isJudgement(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === "E_REDIS_TOO_OLD" || code === "E_REDIS_EVICTS" || code === "E_REDIS_NOT_DURABLE";
}
