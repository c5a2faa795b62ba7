import { appError } from "../errors/app-error.ts";

/** One block header as duties see it: the number and the 0x-hex hash. */
export type Head = { readonly number: number; readonly hash: string };

/** Where heads come from. Calls `onHead` for every new head and resolves with the function that ends the subscription. */
export type HeadSource = (onHead: (head: Head) => void) => Promise<() => void> | (() => void);

/** Work that is bound to a block. It must end when the signal fires. */
export type BlockDuty = (head: Head, signal: AbortSignal) => Promise<void> | void;

/** Work that is bound to a round; `missed` counts the rounds that passed since the last call without one (block jumps, a slow duty). */
export type RoundDuty = (round: number, head: Head, missed: number, signal: AbortSignal) => Promise<void> | void;

/** What the epoch boundaries follow from (spec/subtensor-interface.md 5.6): an epoch is due every `tempo` blocks after the last one. */
export type EpochSchedule = { readonly lastEpochBlock: number; readonly tempo: number };

export type BlockClockOptions = {
  /** The head subscription. */
  readonly subscribe: HeadSource;
  /** Ends every duty and the subscription. */
  readonly signal: AbortSignal;
  /**
   * A duty threw or rejected, for the `failures`-th time in a row (from 1). It stays registered and runs again with the next head. A chain that makes
   * four blocks a second should not fill a log: say the first one aloud.
   */
  readonly onError: (duty: string, error: unknown, failures: number) => void;
  /** A head came while the duty was busy, and was replaced by a newer one before the duty saw it. */
  readonly onDropped?: (duty: string) => void;
  /** Milliseconds, for tests. */
  readonly now?: () => number;
};

/**
 * Chain time as a dependency: duties ask it which block it is and are called when a block comes.
 *
 * Lateness drops work: a duty never runs twice at once, and while it is busy only the newest head waits for it. So a slow duty sees fewer
 * blocks, never older ones, and nothing queues up behind it.
 */
export interface BlockClock {
  /** The newest head, or undefined before the first. */
  head(): Head | undefined;
  /** Milliseconds since the newest head arrived (since start before the first). A large value is a frozen socket or a stopped chain. */
  silenceMs(): number;
  /** Blocks until `block` is the head: 0 when it is reached or passed, undefined before the first head. */
  blocksUntil(block: number): number | undefined;
  /** Calls the duty for every head it has time for. */
  everyBlock(name: string, duty: BlockDuty): void;
  /**
   * Calls the duty once for each round of `roundBlocks` blocks (round = floor(block / roundBlocks)) whose head it has time for; again with the next
   * head of the same round when it failed.
   */
  everyRound(name: string, roundBlocks: number, duty: RoundDuty): void;
  /** Resolves with the first head at or past `block`. Rejects with E_ABORTED when the signal or the clock ends first. */
  untilBlock(block: number, signal?: AbortSignal): Promise<Head>;
  /** Subscribes. Resolves when the subscription stands (not when the first head came). */
  start(): Promise<void>;
}

type Registered = {
  readonly name: string;
  readonly duty: BlockDuty;
  busy: boolean;
  waiting: Head | undefined;
  failures: number;
};

/** Makes a clock over a head subscription. Register duties before or after {@link BlockClock.start}. */
export function createBlockClock(options: BlockClockOptions): BlockClock {
  const { signal, onError, onDropped } = options;
  const now = options.now ?? Date.now;
  const duties: Registered[] = [];
  const waiters = new Set<(head: Head) => void>();
  let head: Head | undefined;
  let seenAt = now();

  async function run(entry: Registered, first: Head): Promise<void> {
    entry.busy = true;
    let next: Head | undefined = first;
    while (next !== undefined && !signal.aborted) {
      try {
        await entry.duty(next, signal);
        entry.failures = 0;
      } catch (error) {
        if (!signal.aborted) onError(entry.name, error, ++entry.failures);
      }
      next = entry.waiting;
      entry.waiting = undefined;
    }
    entry.busy = false;
  }

  function offer(entry: Registered, to: Head): void {
    if (!entry.busy) {
      void run(entry, to);
      return;
    }
    if (entry.waiting !== undefined) onDropped?.(entry.name);
    entry.waiting = to;
  }

  function onHead(incoming: Head): void {
    if (signal.aborted) return;
    seenAt = now();
    if (head?.hash === incoming.hash) return;
    head = incoming;
    for (const entry of duties) offer(entry, incoming);
    for (const wake of [...waiters]) wake(incoming);
  }

  function everyBlock(name: string, duty: BlockDuty): void {
    const entry: Registered = { name, duty, busy: false, waiting: undefined, failures: 0 };
    duties.push(entry);
    if (head !== undefined) offer(entry, head);
  }

  return {
    head: () => head,
    silenceMs: () => now() - seenAt,
    blocksUntil: (block) => (head === undefined ? undefined : Math.max(0, block - head.number)),
    everyBlock,
    everyRound(name, roundBlocks, duty) {
      let last: number | undefined;
      everyBlock(name, async (at, dutySignal) => {
        const round = roundOf(at.number, roundBlocks);
        if (round === last) return;
        await duty(round, at, last === undefined ? 0 : Math.max(0, round - last - 1), dutySignal);
        last = round;
      });
    },
    untilBlock(block, waitSignal) {
      if (head !== undefined && head.number >= block) return Promise.resolve(head);
      return new Promise((resolve, reject) => {
        const settle = (finish: () => void): void => {
          waiters.delete(wake);
          signal.removeEventListener("abort", abort);
          waitSignal?.removeEventListener("abort", abort);
          finish();
        };
        const wake = (at: Head): void => {
          if (at.number >= block) settle(() => resolve(at));
        };
        const abort = (): void => settle(() => reject(appError("E_ABORTED", { name: `waiting for block ${block}` })));
        if (signal.aborted || waitSignal?.aborted === true) {
          abort();
          return;
        }
        waiters.add(wake);
        signal.addEventListener("abort", abort, { once: true });
        waitSignal?.addEventListener("abort", abort, { once: true });
      });
    },
    async start() {
      seenAt = now();
      const stop = await options.subscribe(onHead);
      if (signal.aborted) stop();
      else signal.addEventListener("abort", () => stop(), { once: true });
    },
  };
}

/** The round a block belongs to: floor(block / roundBlocks). */
export function roundOf(block: number, roundBlocks: number): number {
  return Math.floor(block / roundBlocks);
}

/** The first block of a round. */
export function firstBlockOfRound(round: number, roundBlocks: number): number {
  return round * roundBlocks;
}

/**
 * The block at which the next epoch after `block` is due (spec/subtensor-interface.md 5.6: the period is exactly `tempo`). Undefined when the
 * tempo is 0, for then no epoch ever runs. An overdue epoch (deferred by the per-block cap) is due in the next block.
 */
export function nextEpochBlock(schedule: EpochSchedule, block: number): number | undefined {
  if (schedule.tempo <= 0) return undefined;
  return Math.max(schedule.lastEpochBlock + schedule.tempo, block + 1);
}

/** How far the tempo has run at `block`, from 0 (just after an epoch) to 1 (the next epoch is due or overdue). Undefined when the tempo is 0. */
export function epochProgress(schedule: EpochSchedule, block: number): number | undefined {
  if (schedule.tempo <= 0) return undefined;
  return Math.min(1, Math.max(0, (block - schedule.lastEpochBlock) / schedule.tempo));
}
