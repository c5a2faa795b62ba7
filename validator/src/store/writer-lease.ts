import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { delay } from "@subnetkit/shared/util/delay";
import { isAlive } from "@subnetkit/shared/util/isAlive";
import { z } from "zod";
import type { RedisClient } from "../queue/connection.ts";
import type { StateKeys } from "./keys.ts";
import { runScript } from "./run-script.ts";
import { releaseLeaseScript, takeLeaseScript } from "./scripts/writer-lease.ts";

/** Who holds a lease: a process, and the place where its number can be looked up. */
const holderSchema = z.object({ name: z.string(), place: z.string(), pid: z.number().int(), sinceMs: z.number() });
export type LeaseHolder = z.output<typeof holderSchema>;

export type WriterLeaseOptions = {
  /** A holder that is not heard of for so long is replaced, milliseconds. */
  readonly leaseMs: number;
  /** For people: which of the processes it is. */
  readonly name: string;
  /** Where process numbers mean something; see process-place.ts. */
  readonly place: string;
  readonly pid: number;
};

/**
 * Who of several processes sets weights. One holds the lease and renews it; the others stand by and take it over when it is given back or runs out. Time
 * alone never decides what may be written: every write of the holder carries its lease, and Redis refuses one that another has replaced (the ledger's
 * fenced writes), so a holder that slept through its end finds out before it signs anything. One that nobody has replaced goes on: on a busy machine a
 * validator that is alone must not lose its lease to itself.
 */
export interface WriterLease {
  /** The lease in hand, undefined while another process has it. */
  held(): string | undefined;
  /** Who has it, as far as this process has heard. */
  holder(): LeaseHolder | undefined;
  /** Asks Redis whether a lease is still the one in force. Rejects when Redis cannot be asked. */
  confirm(lease: string): Promise<boolean>;
  /** Takes or renews it now. */
  take(): Promise<void>;
  /** Takes it, and goes on renewing or waiting for it until the signal fires. Never rejects. */
  keep(signal: AbortSignal): Promise<void>;
  /** Gives it back, so that nobody has to wait for its end. */
  release(): Promise<void>;
}

/** Makes a lease that nobody holds yet, over a connection that fails fast. */
export function createWriterLease(
  { leaseMs, name, place, pid }: WriterLeaseOptions,
  modules: {
    readonly redis: RedisClient;
    readonly keys: StateKeys;
    readonly log: Logger;
  },
): WriterLease {
  const { redis, keys, log } = modules;
  let mine: string | undefined;
  let seen: string | undefined;

  async function ask(dead: string): Promise<void> {
    const own = JSON.stringify({ name, place, pid, sinceMs: Date.now() } satisfies LeaseHolder);
    const answer = await runScript(
      redis,
      takeLeaseScript,
      [keys.writer, keys.writerTurn],
      [leaseMs, own, mine ?? "", dead],
    );
    const [taken, lease] = answer as [number, string];
    const before = mine;
    seen = lease;
    mine = taken === 1 ? lease : undefined;
    if (mine !== before) tell(before);
  }

  function tell(before: string | undefined): void {
    const { name: holder, place: at, pid: number } = holderOf(seen) ?? {};
    if (mine !== undefined) log.info({ turn: mine.split("\n", 1)[0] }, "this process sets weights from now on");
    else if (before !== undefined) log.warn({ holder, place: at, pid: number }, "another process sets weights by now");
  }

  /** A holder on this very machine that is gone without giving its lease back: nobody has to wait for it. */
  function leaseOfDead(): string {
    const other = holderOf(seen);
    return mine === undefined && other?.place === place && other.pid !== pid && !isAlive(other.pid) ? (seen ?? "") : "";
  }

  async function take(): Promise<void> {
    await ask("");
    const dead = leaseOfDead();
    if (dead !== "") await ask(dead);
  }

  return {
    held: () => mine,
    holder: () => holderOf(seen),
    async confirm(lease) {
      // One that has run out stays in force until somebody takes it.
      const now = (await redis.get(keys.writer)) ?? (await redis.get(keys.writerTurn));
      if (now === lease) return true;
      if (mine === lease) mine = undefined;
      return false;
    },
    take,
    async keep(signal) {
      let failures = 0;
      while (!signal.aborted) {
        try {
          await take();
          failures = 0;
        } catch (error) {
          failures += 1;
          log[failures === 1 ? "warn" : "debug"](
            { reason: errorMessage(error) },
            "the writer's lease cannot be renewed",
          );
        }
        await delay(leaseMs / 4, signal).catch(() => undefined);
      }
    },
    async release() {
      const lease = mine;
      mine = undefined;
      if (lease !== undefined) await runScript(redis, releaseLeaseScript, [keys.writer, keys.writerTurn], [lease]);
    },
  };
}

function holderOf(lease: string | undefined): LeaseHolder | undefined {
  if (lease === undefined) return undefined;
  const parsed = holderSchema.safeParse(JSON.parse(lease.slice(lease.indexOf("\n") + 1)));
  return parsed.success ? parsed.data : undefined;
}

/** What a write of somebody who has lost the lease is answered with. */
export function leaseLost(holder: LeaseHolder | undefined): Error {
  return appError("E_WEIGHTS_LEASE", { holder: holder?.name, place: holder?.place, pid: holder?.pid });
}
