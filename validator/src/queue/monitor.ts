import { delay } from "@subnetkit/shared/util/delay";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import type { RedisClient } from "./connection.ts";

export type MonitorOptions = {
  /** Key that is written. A PING would not prove that Redis takes writes (out of memory, read-only, disk full). */
  readonly key: string;
  readonly everyMs?: number;
  /** Bad for longer than this is down. */
  readonly graceMs?: number;
  readonly signal: AbortSignal;
  readonly onDown: (error: unknown) => void;
  readonly onUp: () => void;
};

/** Whether Redis takes writes, by a heartbeat of its own connection. */
export interface RedisMonitor {
  up(): boolean;
  /** Ends with the signal. */
  readonly done: Promise<void>;
}

/**
 * Writes a key every half second with a deadline of one: a dead Redis is noticed within two seconds, a hung one too, which no connection
 * event tells. `redis` must be made with monitorOptions.
 */
export function startRedisMonitor(redis: RedisClient, options: MonitorOptions): RedisMonitor {
  const { key, everyMs = 500, graceMs = 2_000, signal, onDown, onUp } = options;
  let up = true;
  let lastGood = performance.now();

  async function beat(): Promise<void> {
    try {
      await withTimeout(redis.set(key, String(Date.now()), "EX", 60), 1_000, "The Redis heartbeat");
      lastGood = performance.now();
      if (!up) {
        up = true;
        onUp();
      }
    } catch (error) {
      if (!up || signal.aborted || performance.now() - lastGood < graceMs - everyMs) return;
      up = false;
      onDown(error);
    }
  }

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      await beat();
      await delay(everyMs, signal).catch(() => undefined);
    }
  }
  return { up: () => up, done: loop() };
}
