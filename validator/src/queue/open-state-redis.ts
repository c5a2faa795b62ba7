import { errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Lifecycle } from "@subnetkit/shared/lifecycle/lifecycle";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { RedisClient } from "./connection.ts";
import { monitorOptions, openRedis, producerOptions } from "./connection.ts";
import { describeRedis, parseRedisUrl, type RedisAddress } from "./redis-url.ts";
import { createReplicate, type Replicate } from "../store/replicate.ts";
import { checkRedis } from "./redis-checks.ts";

/** A Redis that passed the checks, and this process's own connections to it. */
export type StateRedis = {
  readonly address: RedisAddress;
  /** For scripts and plain commands; fails fast. */
  readonly redis: RedisClient;
  /** For the heartbeat alone. */
  readonly monitor: RedisClient;
  /** Waits for a replica; undefined for a Redis without any. */
  readonly replicate: Replicate | undefined;
  /** What a human should look at although the validator runs. */
  readonly warnings: readonly string[];
};

/** Checks a Redis and opens the connections, closed again with the lifecycle. Throws E_REDIS_URL and what checkRedis throws. */
export async function openStateRedis(
  url: string,
  { lifecycle, log }: { lifecycle: Lifecycle; log: Logger },
): Promise<StateRedis> {
  const address = parseRedisUrl(url);
  const { warnings, replicated } = await checkRedis(address);
  for (const warning of warnings) log.warn({ redis: describeRedis(address) }, warning);
  // The heartbeat tells when Redis is away: the errors of single connections say nothing more.
  const quietly = (error: unknown): void => log.debug({ reason: errorMessage(error) }, "a Redis connection failed");
  const redis = openRedis(producerOptions(address), quietly);
  lifecycle.onClose("redis", () => redis.disconnect());
  const monitor = openRedis(monitorOptions(address), quietly);
  lifecycle.onClose("redis heartbeat", () => monitor.disconnect());
  return { address, redis, monitor, replicate: replicated ? createReplicate(redis) : undefined, warnings };
}
