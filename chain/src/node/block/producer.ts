/**
 * When blocks are made: at an interval, at once on a submission, or only when told. One block at a time; a late interval is skipped, never caught up.
 * Block time never goes back and moves at least one slot: max(previous + slot, now).
 */
import { setImmediate as yieldToLoop } from "node:timers/promises";
import type { Execution } from "./execution.ts";
import type { Extrinsic } from "./extrinsic.ts";
import { SLOT_DURATION_MS } from "../../spec/pallets/timestamp.ts";

/** Ms of making blocks after which everything else in the process has its turn: a turn costs as much as a tenth of an empty block. */
const MAX_BUSY_MS = 2;

/** How blocks are made. */
export type ProducerMode = "interval" | "instant" | "manual";

/** Options of a producer. */
export interface ProducerOptions {
  readonly mode: ProducerMode;
  /** Ms between two blocks in interval mode. */
  readonly blockMs: number;
}

/** What a block holds other than what the pool has ready. */
export interface BlockRequest {
  /** Changes the state before anything else; the block then takes nothing from the pool. */
  readonly edit?: (ctx: Execution) => void;
  /** Extrinsics in the place of those of the pool. */
  readonly transactions?: readonly Extrinsic[];
  /** Its height, above that of the newest block. */
  readonly height?: number;
}

/** What a producer uses. */
export interface ProducerModules {
  /** Builds and adds one block of this time. */
  build(timestampMs: number, request?: BlockRequest): void;
  /** Time of the newest block, unix ms. */
  lastTimestampMs(): number;
  /** Wall clock, unix ms. */
  now(): number;
}

/** Makes blocks until it is stopped. */
export class Producer {
  /** Ms that the clock blocks are stamped with is ahead of the wall clock. */
  offsetMs = 0;
  private settings: ProducerOptions;
  private readonly modules: ProducerModules;
  private timer: NodeJS.Timeout | undefined;
  private instant: NodeJS.Immediate | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  private pausedNow = false;
  /** How often blocks were paused: what began before stops. */
  private pauses = 0;
  private stopped = false;

  constructor(options: ProducerOptions, modules: ProducerModules) {
    this.settings = options;
    this.modules = modules;
  }

  /** How blocks are made now. */
  get options(): ProducerOptions {
    return this.settings;
  }

  /** True while blocks come only on request. */
  get paused(): boolean {
    return this.pausedNow;
  }

  /** Makes a block at once where `first` says so; in interval mode others follow. */
  start(first = true): void {
    if (first) this.modules.build(this.nextTimestamp());
    this.schedule(this.options.blockMs);
  }

  /** No more blocks on their own; a running request stops after its current block. */
  pause(): void {
    this.pausedNow = true;
    this.pauses += 1;
    this.clear();
  }

  /** Blocks on their own again. */
  resume(): void {
    if (!this.pausedNow) return;
    this.pausedNow = false;
    this.schedule(this.options.blockMs);
  }

  /** A transaction became ready: in instant mode its block is built after the caller has answered. */
  submitted(): void {
    if (this.options.mode !== "instant" || this.pausedNow || this.stopped || this.instant !== undefined) return;
    this.instant = setImmediate(() => {
      this.instant = undefined;
      if (!this.stopped && !this.pausedNow) this.modules.build(this.nextTimestamp());
    });
  }

  /** Changes how blocks are made, from the next one on. */
  configure(change: Partial<ProducerOptions>): void {
    this.settings = { ...this.settings, ...change };
    this.clear();
    this.schedule(this.settings.blockMs);
  }

  /** Moves the clock that blocks are stamped with, so that it shows `timestampMs` now and goes on from there. */
  travelTo(timestampMs: number): void {
    this.offsetMs = timestampMs - this.modules.now();
  }

  /** Makes one block now, whose state `edit` changes before anything else; nothing from the pool is in it. */
  produceEdited(edit: (ctx: Execution) => void): void {
    this.modules.build(this.nextTimestamp(), { edit });
  }

  /**
   * Makes blocks until `enough` says so or they are paused, at most `limit`; returns how many. `request` says what each holds, by how many were made
   * before. Other requests wait. The event loop turns between blocks, and once for several that take less than {@link MAX_BUSY_MS} together.
   */
  produce(
    limit: number,
    enough: (made: number) => boolean,
    request: (made: number) => BlockRequest = () => ({}),
  ): Promise<number> {
    const work = this.queue.then(() => this.run(limit, enough, request));
    this.queue = work.catch(() => undefined);
    return work;
  }

  /** Ends block making; a running request stops after its current block. */
  stop(): void {
    this.stopped = true;
    this.clear();
    if (this.instant !== undefined) clearImmediate(this.instant);
  }

  private async run(
    limit: number,
    enough: (made: number) => boolean,
    request: (made: number) => BlockRequest,
  ): Promise<number> {
    const { pauses } = this;
    let made = 0;
    let turnedAt = performance.now();
    while (made < limit && !this.stopped && this.pauses === pauses && !enough(made)) {
      this.modules.build(this.nextTimestamp(), request(made));
      made += 1;
      if (performance.now() - turnedAt < MAX_BUSY_MS && made < limit) continue;
      await yieldToLoop();
      turnedAt = performance.now();
    }
    return made;
  }

  private schedule(inMs: number): void {
    if (this.options.mode !== "interval" || this.pausedNow || this.stopped) return;
    this.timer = setTimeout(() => {
      const startedAt = this.modules.now();
      this.modules.build(this.nextTimestamp());
      const spent = this.modules.now() - startedAt;
      this.schedule(this.options.blockMs - (spent % this.options.blockMs));
    }, inMs);
  }

  private clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Time of the next block, unix ms. */
  nextTimestamp(): number {
    return Math.max(this.modules.lastTimestampMs() + SLOT_DURATION_MS, this.modules.now() + this.offsetMs);
  }
}
