import { errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { type RedisMonitor, startRedisMonitor } from "./monitor.ts";
import { describeRedis } from "./redis-url.ts";
import type { StateRedis } from "./open-state-redis.ts";

/** What is stopped while Redis does not take writes; its connections may not know by themselves that they are dead. */
export type Pausable = { pause(): Promise<void>; resume(): void; reviveConnections(): Promise<void> };

/** Watches Redis by its heartbeat and takes no work while it is away: what is done meanwhile could not be kept. */
export function guardRedis(
  { heartbeatKey, signal }: { readonly heartbeatKey: string; readonly signal: AbortSignal },
  modules: { readonly state: StateRedis; readonly work: Pausable; readonly log: Logger },
): RedisMonitor {
  const { state, work, log } = modules;
  const redis = describeRedis(state.address);
  return startRedisMonitor(state.monitor, {
    key: heartbeatKey,
    signal,
    onDown: (error) => {
      log.error({ redis, reason: errorMessage(error) }, "Redis does not take writes: pausing");
      work.pause().catch((cause: unknown) => log.debug({ reason: errorMessage(cause) }, "could not pause"));
    },
    onUp: () => {
      log.info({ redis }, "Redis takes writes again");
      work.resume();
    },
    onRecovered: () => {
      work
        .reviveConnections()
        .catch((cause: unknown) => log.debug({ reason: errorMessage(cause) }, "could not revive"));
    },
  });
}
