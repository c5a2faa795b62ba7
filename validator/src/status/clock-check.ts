import type { BlockRef, ChainClient } from "@subnetkit/chain/client/connect";
import { readNumber } from "@subnetkit/chain/client/storage";
import { type AppError, appError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";

/** How far this machine's clock may be behind the chain's, milliseconds: miners refuse requests from 2 s in their future on. */
const allowedBehindMs = 1_000;

/** Blocks that are looked at before a clock is said to be ahead: how late a block comes differs, the quickest tells most. */
const samplesNeeded = 4;
const samplesKept = 8;

/** Whether this machine's clock agrees with the chain's. */
export interface ClockCheck {
  /** A block with this timestamp has just arrived, or (`fresh` false) is the newest one that was there. Unix milliseconds both. */
  sample(timestampMs: number, nowMs: number, fresh: boolean): void;
  /** What is wrong; nothing, too, when too little is known. */
  problems(): readonly AppError[];
}

/**
 * Makes a check. A block is made after its timestamp, so a timestamp in our future by more than a second, twice in a row, means that our clock is behind (one
 * may be an author's). It reaches us within half a block time, so a clock is ahead when even the quickest of several blocks took longer.
 */
export function createClockCheck({ blockMs }: { readonly blockMs: number }): ClockCheck {
  let ages: number[] = [];
  let fresh: number[] = [];
  return {
    sample(timestampMs, nowMs, isFresh) {
      const ageMs = nowMs - timestampMs;
      ages = [...ages, ageMs].slice(-2);
      if (isFresh) fresh = [...fresh, ageMs].slice(-samplesKept);
    },
    problems() {
      const youngest = Math.max(...ages);
      if (ages.length === 2 && youngest < -allowedBehindMs) return [problemOf(youngest)];
      const quickest = Math.min(...fresh);
      const allowedMs = blockMs / 2 + allowedBehindMs;
      return fresh.length >= samplesNeeded && quickest > allowedMs ? [problemOf(quickest)] : [];
    },
  };
}

function problemOf(offMs: number): AppError {
  const direction = offMs < 0 ? "behind" : "ahead of";
  return appError("E_CLOCK_OFF", { direction, seconds: (Math.abs(offMs) / 1_000).toFixed(1) });
}

export type WatchClockModules = {
  readonly client: Pick<ChainClient, "rpc" | "head" | "subscribeHeads" | "blockMs" | "api">;
  readonly log: Logger;
  readonly nowMs: () => number;
  /** Least time between two looks once enough is known, milliseconds. */
  readonly everyMs?: number;
  readonly readTimestamp?: (block: BlockRef) => Promise<number>;
};

/**
 * Watches the clock by the blocks of a live chain until the signal fires. The time of a local or development chain is its owner's to move (blocks made at will),
 * and says nothing of ours: there nothing is checked. Resolves once it watches; a node that cannot say is believed to be local.
 */
export async function watchClock(
  modules: WatchClockModules,
  signal: AbortSignal,
): Promise<Pick<ClockCheck, "problems">> {
  const { client, log, nowMs, everyMs = 60_000 } = modules;
  const check = createClockCheck({ blockMs: client.blockMs });
  const type = await client.rpc("system_chainType").catch(() => undefined);
  if (type !== "Live") return check;
  const readTimestamp =
    modules.readTimestamp ??
    ((block: BlockRef) => readNumber(client as ChainClient, "timestamp", "now", [], { at: block.hash }));
  let looks = 0;
  let lookedMs = Number.NEGATIVE_INFINITY;
  let told = false;

  async function look(block: BlockRef, arrivedMs: number, fresh: boolean): Promise<void> {
    try {
      check.sample(await readTimestamp(block), arrivedMs, fresh);
    } catch {
      // A node that was just lost: the next block says as much.
      return;
    }
    const [problem] = check.problems();
    if (problem !== undefined && !told) log.warn({ code: problem.code, remedy: problem.remedy }, problem.message);
    if (problem === undefined && told) log.info("this machine's clock agrees with the chain's again");
    told = problem !== undefined;
  }

  await look(client.head(), nowMs(), false);
  const stop = client.subscribeHeads((block) => {
    const arrivedMs = nowMs();
    looks += 1;
    if (looks > samplesKept && arrivedMs - lookedMs < everyMs) return;
    lookedMs = arrivedMs;
    void look(block, arrivedMs, true);
  });
  signal.addEventListener("abort", stop, { once: true });
  return check;
}
