import { delay } from "@subnetkit/shared/util/delay";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import { runScript } from "../store/run-script.ts";
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
  /** A heartbeat came through after one that did not, whether or not Redis was down for it. */
  readonly onRecovered?: () => void;
};

/** Whether Redis takes writes, by a heartbeat of its own connection, and what time it is there. */
export interface RedisMonitor {
  up(): boolean;
  /** The time that all processes on this Redis agree on, whatever their own clocks say: that of its server. The own clock's before the first heartbeat. */
  nowMs(): number;
  /** Ends with the signal. */
  readonly done: Promise<void>;
}

/** Writes the server's time, milliseconds, into a key for a minute, and answers it. KEYS heartbeat. */
const beatScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('SET', KEYS[1], string.format('%.0f', now), 'EX', 60)
return now
`;

/** A heartbeat that took longer says too little about the time, unless there was no better one for a while. Milliseconds. */
const clear = { tripMs: 20, afterMs: 10_000 } as const;

/**
 * Writes a key every half second with a deadline of one: a dead Redis is noticed within two seconds, a hung one too, which no connection
 * event tells. `redis` must be made with monitorOptions.
 */
export function startRedisMonitor(redis: RedisClient, options: MonitorOptions): RedisMonitor {
  const { key, everyMs = 500, graceMs = 2_000, signal, onDown, onUp, onRecovered } = options;
  let up = true;
  let failed = false;
  let lastGood = performance.now();
  /** The server's time, and the own steady clock at that moment. */
  let known: { readonly serverMs: number; readonly at: number } | undefined;

  function learn(serverMs: number, sentAt: number, heardAt: number): void {
    const isClear = heardAt - sentAt <= clear.tripMs;
    if (isClear || known === undefined || heardAt - known.at > clear.afterMs)
      known = { serverMs, at: (sentAt + heardAt) / 2 };
  }

  async function beat(): Promise<void> {
    try {
      const sentAt = performance.now();
      const serverMs = await withTimeout(runScript(redis, beatScript, [key], []), 1_000, "The Redis heartbeat");
      lastGood = performance.now();
      learn(Number(serverMs), sentAt, lastGood);
      if (!up) {
        up = true;
        onUp();
      }
      if (failed) onRecovered?.();
      failed = false;
    } catch (error) {
      failed = true;
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
  return {
    up: () => up,
    nowMs: () => (known === undefined ? Date.now() : Math.round(known.serverMs + performance.now() - known.at)),
    done: loop(),
  };
}
