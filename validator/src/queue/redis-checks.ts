import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import { keepsItsKeys, readRedisInfo } from "@subnetkit/shared/storage/redis-info";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import { openRedis, producerOptions, type RedisClient } from "./connection.ts";
import { describeRedis, type RedisAddress } from "./redis-url.ts";

/** What the start-up check found. `warnings` are for a human: the validator runs, but could lose something. */
export type RedisFacts = {
  readonly version: string;
  readonly appendfsync: string | undefined;
  /** There is a replica, or writes are refused without one: then what counts is waited for until a replica has it. */
  readonly replicated: boolean;
  readonly warnings: readonly string[];
};

/** Oldest server the queue library does not warn about. */
const minimumVersion = [6, 2] as const;

/**
 * Asks a Redis whether it may hold scores: it answers within `deadlineMs`, is new enough, never evicts, keeps an append-only file that it can write, and
 * is a master; in a cluster each of its masters. Throws E_REDIS_UNREACHABLE, E_REDIS_TOO_OLD, E_REDIS_EVICTS, E_REDIS_NOT_DURABLE. A connection of its
 * own, closed again: queues on a Redis that does not answer would hang for ever.
 */
export async function checkRedis(address: RedisAddress, deadlineMs = 5_000): Promise<RedisFacts> {
  const where = describeRedis(address);
  let lastError: unknown;
  const once = { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null };
  const client = openRedis({ ...producerOptions(address), ...once }, (error) => {
    lastError = error;
  });
  try {
    const facts = await withTimeout(readFacts(client), deadlineMs, "The first answer of Redis");
    return together(
      facts.map(({ info, config }) => judge(where, info, config)),
      address,
    );
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

/** The settings that are asked for; a server that keeps them to itself (many hosted ones) leaves them undefined. */
export type RedisSettings = { readonly appendfsync?: string; readonly "min-replicas-to-write"?: string };

async function readFacts(client: RedisClient): Promise<{ info: string; config: RedisSettings }[]> {
  await client.connect();
  const nodes = "nodes" in client ? client.nodes("master") : [client];
  return await Promise.all(
    nodes.map(async (node) => {
      await node.ping();
      const read = async (name: keyof RedisSettings): Promise<RedisSettings> => {
        const pair = await node.config("GET", name).catch(() => undefined);
        return Array.isArray(pair) && typeof pair[1] === "string" ? { [name]: pair[1] } : {};
      };
      const config = { ...(await read("appendfsync")), ...(await read("min-replicas-to-write")) };
      return { info: await node.info(), config };
    }),
  );
}

/** One verdict over all masters: the worst of each. */
function together(facts: readonly RedisFacts[], { kind }: RedisAddress): RedisFacts {
  const [first] = facts;
  if (first === undefined) throw appError("E_INTERNAL", { what: "a Redis without a master was judged" });
  const replicated = facts.every((each) => each.replicated);
  const alone = kind === "single" || replicated ? [] : ["a master has no replica: what it has is lost with it"];
  return { ...first, replicated, warnings: [...new Set([...facts.flatMap(({ warnings }) => warnings), ...alone])] };
}

/** The verdict over the text of INFO, apart from the connection so that it can be tried on any text. */
export function judge(address: string, info: string, config: RedisSettings): RedisFacts {
  const read = readRedisInfo(info);
  const { version, maxmemoryPolicy, appendOnly, appendStatus, isReplica, replicas } = read;
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10) || 0);
  if (major < minimumVersion[0] || (major === minimumVersion[0] && minor < minimumVersion[1])) {
    throw appError("E_REDIS_TOO_OLD", { address, version, minimum: minimumVersion.join(".") });
  }
  if (!keepsItsKeys(read)) throw appError("E_REDIS_EVICTS", { address, policy: maxmemoryPolicy });
  if (!appendOnly) throw appError("E_REDIS_NOT_DURABLE", { address, problem: "appendonly is off" });
  if (appendStatus !== "ok")
    throw appError("E_REDIS_NOT_DURABLE", {
      address,
      problem: `the last write of the append-only file: ${appendStatus}`,
    });
  if (isReplica) throw appError("E_REDIS_NOT_DURABLE", { address, problem: "it is a replica, which takes no writes" });
  const { appendfsync } = config;
  const warnings: string[] = [];
  if (appendfsync !== "always")
    warnings.push(`appendfsync is ${appendfsync ?? "unknown"}: a power cut can lose about a second of scores`);
  const least = Number(config["min-replicas-to-write"] ?? 0);
  if (replicas > 0 && least === 0)
    warnings.push("min-replicas-to-write is 0: a master that is cut off goes on taking jobs that are lost with it");
  return { version, appendfsync, replicated: replicas > 0 || least > 0, warnings };
}

function isJudgement(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === "E_REDIS_TOO_OLD" || code === "E_REDIS_EVICTS" || code === "E_REDIS_NOT_DURABLE";
}
