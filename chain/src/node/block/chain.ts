/**
 * The chain of finished blocks and their states, in memory, as far back as history is kept; a store behind it keeps them over restarts. Every block
 * is final at once. Listeners hear of a block only after it is complete in every look-up (spec/json-rpc.md 8).
 */
import type { Block } from "./block.ts";
import { OverlayState } from "../storage/state.ts";
import { type RawReader, VersionedStore } from "../storage/versions.ts";

/** Where blocks go to survive the process. */
export interface BlockStore {
  /** Writes a block after its predecessor. `entries` is the whole state after it, for a snapshot. */
  append(block: Block, entries: () => Iterable<readonly [string, Uint8Array]>): void;
  /** Goes on from an earlier block: what was written after it is gone. */
  rewind(head: Block, entries: () => Iterable<readonly [string, Uint8Array]>): void;
  close(): void;
}

/** Called for each new block, in order. */
export type BlockListener = (block: Block) => void;

/** What a chain starts from. */
export interface ChainStart {
  readonly genesis: Block;
  /** Full state at `blocks[0]` when the chain is resumed from a snapshot; absent when `blocks` starts at genesis. */
  readonly snapshot?: readonly (readonly [`0x${string}`, Uint8Array])[];
  /** At least one block, ascending, without holes. */
  readonly blocks: readonly Block[];
}

/** Blocks, states and listeners. */
export class Chain {
  readonly genesis: Block;
  private readonly history: number;
  private readonly store: BlockStore | undefined;
  private readonly states = new VersionedStore();
  private readonly byNumber = new Map<number, Block>();
  private readonly byHash = new Map<string, Block>();
  private readonly listeners = new Set<BlockListener>();
  private headBlock: Block;

  constructor(options: { history: number }, start: ChainStart, store?: BlockStore) {
    const first = start.blocks[0] as Block;
    this.genesis = start.genesis;
    this.history = options.history;
    this.store = store;
    this.headBlock = first;
    this.index(start.genesis);
    this.states.startAt(first.number);
    this.states.apply(first.number, start.snapshot ?? first.changes);
    this.index(first);
    for (const block of start.blocks.slice(1)) {
      this.states.apply(block.number, block.changes);
      this.index(block);
      this.headBlock = block;
      this.forget();
    }
  }

  /** The newest block; also the finalised one. */
  get head(): Block {
    return this.headBlock;
  }

  /** Oldest block whose state can be read. */
  get oldestState(): number {
    return this.states.oldest;
  }

  /** A kept block by hash. */
  block(hash: string): Block | undefined {
    return this.byHash.get(hash);
  }

  /** Hash of a kept block. */
  hashAt(number: number): string | undefined {
    return this.byNumber.get(number)?.hash;
  }

  /** Raw storage after a block; undefined when its state is no longer kept. */
  storageAt(block: Block): RawReader | undefined {
    return block.number < this.states.oldest ? undefined : this.states.at(block.number);
  }

  /** A writable view of the storage after a block; writes stay in it. */
  stateAt(block: Block): OverlayState | undefined {
    const reader = this.storageAt(block);
    return reader === undefined ? undefined : new OverlayState(reader);
  }

  /** A writable view of the newest state. */
  headState(): OverlayState {
    return new OverlayState(this.states.at(this.headBlock.number));
  }

  /** Adds the next block and tells the listeners. */
  append(block: Block): void {
    if (block.number !== this.headBlock.number + 1 || block.header.parent_hash !== this.headBlock.hash)
      throw new RangeError(`block ${block.number} does not follow ${this.headBlock.number}`);
    this.states.apply(block.number, block.changes);
    this.index(block);
    this.headBlock = block;
    this.forget();
    this.store?.append(block, () => this.states.entries(block.number));
    for (const listener of [...this.listeners]) listener(block);
  }

  /**
   * Takes back every block after a kept one: for development verbs, whose callers tell clients that finality was broken. Throws RangeError for a block
   * that is not kept with its state.
   */
  rewind(to: Block): void {
    if (this.byHash.get(to.hash) !== to || this.byNumber.get(to.number) !== to || to.number < this.states.oldest)
      throw new RangeError(`block ${to.number} is not kept`);
    for (let number = this.headBlock.number; number > to.number; number--) {
      const block = this.byNumber.get(number);
      if (block !== undefined) this.byHash.delete(block.hash);
      this.byNumber.delete(number);
    }
    this.states.revertTo(to.number);
    this.headBlock = to;
    this.store?.rewind(to, () => this.states.entries(to.number));
  }

  /** Hears of every new block until the returned function is called. */
  onBlock(listener: BlockListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private index(block: Block): void {
    this.byNumber.set(block.number, block);
    this.byHash.set(block.hash, block);
  }

  /** Drops what is older than the kept history; genesis stays readable as a block. */
  private forget(): void {
    const oldest = this.headBlock.number - this.history;
    if (oldest <= this.states.oldest) return;
    for (let number = this.states.oldest; number < oldest; number++) {
      const block = this.byNumber.get(number);
      // By number: after a resume the oldest kept block may be another copy of genesis.
      if (block === undefined || number === 0) continue;
      this.byNumber.delete(number);
      this.byHash.delete(block.hash);
    }
    this.states.prune(oldest);
  }
}
