import { errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Lifecycle } from "@subnetkit/shared/lifecycle/lifecycle";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Redis } from "ioredis";
import {
  describeRedis,
  monitorOptions,
  openRedis,
  parseRedisUrl,
  producerOptions,
  type RedisAddress,
} from "./connection.ts";
import { checkRedis } from "./redis-checks.ts";

/** A Redis that passed the checks, and this process's own connections to it. */
export type StateRedis = {
  readonly address: RedisAddress;
  /** For scripts and plain commands; fails fast. */
  readonly redis: Redis;
  /** For the heartbeat alone. */
  readonly monitor: Redis;
  /** What a human should look at although the validator runs. */
  readonly warnings: readonly string[];
};

/** Checks a Redis and opens the connections, closed again with the lifecycle. Throws E_REDIS_URL and what checkRedis throws. */
export async function openStateRedis(
  url: string,
  { lifecycle, log }: { lifecycle: Lifecycle; log: Logger },
): Promise<StateRedis> {
  const address = parseRedisUrl(url);
  const { warnings } = await checkRedis(address);
  for (const warning of warnings) log.warn({ redis: describeRedis(address) }, warning);
  // The heartbeat tells when Redis is away: the errors of single connections say nothing more.
  const quietly = (error: unknown): void => log.debug({ reason: errorMessage(error) }, "a Redis connection failed");
  const redis = openRedis(producerOptions(address), quietly);
  lifecycle.onClose("redis", () => redis.disconnect());
  const monitor = openRedis(monitorOptions(address), quietly);
  lifecycle.onClose("redis heartbeat", () => monitor.disconnect());
  return { address, redis, monitor, warnings };
}
