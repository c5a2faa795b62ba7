/**
 * The chain of finished blocks and their states, in memory, as far back as history is kept; a store behind it keeps them over restarts. The final block
 * stays a set number of blocks behind the newest one, 0 by default; what is not final can be replaced by another branch.
 */
import type { Block } from "./block.ts";
import { Forks } from "./forks.ts";
import { OverlayState, type StateView } from "../storage/state.ts";
import { type RawReader, VersionedStore } from "../storage/versions.ts";

/** Where blocks go to survive the process. */
export interface BlockStore {
  /** Writes a block after its predecessor. `entries` is the whole state after it, for a snapshot. */
  append(block: Block, entries: () => Iterable<readonly [string, Uint8Array]>): void;
  /** Goes on from an earlier block: what was written after it is gone. */
  rewind(head: Block, entries: () => Iterable<readonly [string, Uint8Array]>): void;
  /** Begins anew with another genesis and head: everything written before is gone. */
  restart(genesis: Block, head: Block, entries: () => Iterable<readonly [string, Uint8Array]>): void;
  close(): void;
}

/** What a chain starts from. */
export interface ChainStart {
  readonly genesis: Block;
  /** Full state at `blocks[0]` when the chain is resumed from a snapshot; absent when `blocks` starts at genesis. */
  readonly snapshot?: readonly (readonly [`0x${string}`, Uint8Array])[];
  /** At least one block, ascending, without holes. */
  readonly blocks: readonly Block[];
}

/** Options of a chain. */
export interface ChainOptions {
  /** Blocks whose bodies and states are kept. */
  readonly history: number;
  /** Blocks that the final block stays behind the newest one; 0 where absent. */
  readonly finalityLag?: number;
}

/** What a step of finality decided. */
export interface Finalized {
  /** Blocks that became final, ascending. */
  readonly blocks: readonly Block[];
  /** Fork blocks that can no longer win, parents first. */
  readonly pruned: readonly Block[];
}

/** Hashes remembered of blocks that are no longer kept: enough to tell them from blocks that never were. */
const MAX_FORGOTTEN = 32_768;

/** Blocks and states. */
export class Chain {
  private genesisBlock: Block;
  private readonly store: BlockStore | undefined;
  private states = new VersionedStore();
  private readonly byNumber = new Map<number, Block>();
  /** Their numbers but genesis's, ascending; those before `forgottenTo` are no longer kept. */
  private numbers: number[] = [];
  private forgottenTo = 0;
  private readonly byHash = new Map<string, Block>();
  private readonly forgotten = new Map<string, number>();
  private readonly forks: Forks;
  /** Blocks of the chain after the final one, ascending. */
  private readonly unfinal: Block[] = [];
  private finalBlock: Block;
  private headBlock: Block;
  private view: { readonly block: Block; readonly state: StateView } | undefined;
  private lag: number;
  private kept: number;

  constructor(options: ChainOptions, start: ChainStart, store?: BlockStore) {
    this.genesisBlock = start.genesis;
    this.kept = options.history;
    this.lag = options.finalityLag ?? 0;
    this.store = store;
    this.forks = new Forks({
      block: (hash) => this.block(hash),
      isCanonical: (block) => this.isCanonical(block),
      storageAt: (block) => this.storageAt(block),
    });
    this.headBlock = start.genesis;
    this.finalBlock = start.genesis;
    this.begin(start);
  }

  /** Block 0. */
  get genesis(): Block {
    return this.genesisBlock;
  }

  /** The newest block. */
  get head(): Block {
    return this.headBlock;
  }

  /** The newest final block. */
  get finalized(): Block {
    return this.finalBlock;
  }

  /** Blocks that the final block stays behind the newest one. */
  get finalityLag(): number {
    return this.lag;
  }

  /** Blocks whose bodies and states are kept; those that are not final yet are kept whatever it is. */
  get history(): number {
    return this.kept;
  }

  /** Blocks after the final one that are or may come onto the chain, forks included, parents first. */
  get candidates(): readonly Block[] {
    return [...this.unfinal, ...this.forks.candidates].sort((a, b) => a.number - b.number);
  }

  /** Blocks of the chain that are not final yet. */
  get unfinalized(): number {
    return this.unfinal.length;
  }

  /** Oldest block whose state can be read. */
  get oldestState(): number {
    return this.states.oldest;
  }

  /** A kept block by hash, of the chain or of a fork. */
  block(hash: string): Block | undefined {
    return this.byHash.get(hash) ?? this.forks.block(hash);
  }

  /** Hash of a kept block of the chain. */
  hashAt(number: number): string | undefined {
    return this.byNumber.get(number)?.hash;
  }

  /** Hashes of the kept blocks of a height: the chain's first, then forks that may still win. */
  hashesAt(number: number): readonly string[] {
    const own = this.hashAt(number);
    const beside = this.forks.candidates.filter((block) => block.number === number).map((block) => block.hash);
    return own === undefined ? beside : [own, ...beside];
  }

  /** True for a kept block of the chain itself, false for one of a fork. */
  isCanonical(block: Block): boolean {
    return this.byNumber.get(block.number)?.hash === block.hash;
  }

  /** Number of a block that was kept once and is no more; undefined for any other hash. */
  forgottenNumber(hash: string): number | undefined {
    return this.forgotten.get(hash);
  }

  /** Raw storage after a block; undefined when its state is no longer kept. */
  storageAt(block: Block): RawReader | undefined {
    if (!this.isCanonical(block)) return this.forks.block(block.hash) && this.forks.storageAt(block);
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

  /** The newest state to be read: one view for all who ask before there is another block. */
  headView(): StateView {
    if (this.view?.block !== this.headBlock) this.view = { block: this.headBlock, state: this.headState() };
    return this.view.state;
  }

  /** Adds the next block; returns what became final by it. Heights may be left out, never repeated. */
  append(block: Block): Finalized {
    if (block.number <= this.headBlock.number || block.header.parent_hash !== this.headBlock.hash)
      throw new RangeError(`block ${block.number} does not follow ${this.headBlock.number}`);
    this.states.apply(block.number, block.changes);
    this.index(block);
    this.forks.remove(block.hash);
    this.unfinal.push(block);
    this.headBlock = block;
    const finalized = this.finalise(this.unfinal.length - this.lag);
    this.forget();
    this.store?.append(block, () => this.states.entries(block.number));
    return finalized;
  }

  /** Changes how far finality stays behind; returns what became final by it. Final blocks stay final. */
  setFinalityLag(lag: number): Finalized {
    this.lag = lag;
    return this.finalise(this.unfinal.length - lag);
  }

  /** Makes a block of the chain and everything before it final; returns what became so. */
  finalizeTo(block: Block): Finalized {
    return this.finalise(this.unfinal.filter((one) => one.number <= block.number).length);
  }

  /** Changes how many blocks are kept. */
  setHistory(blocks: number): void {
    this.kept = blocks;
    this.forget();
  }

  /** Takes the newest `depth` blocks off the chain; they stay readable as a fork. Returns them ascending. Throws RangeError for final ones. */
  retract(depth: number): readonly Block[] {
    if (depth > this.unfinal.length) throw new RangeError(`only ${this.unfinal.length} blocks are not final`);
    const blocks = this.unfinal.slice(this.unfinal.length - depth);
    const to = this.block(blocks[0]?.header.parent_hash ?? this.headBlock.hash) as Block;
    this.takeBack(to);
    this.forks.add(blocks);
    return blocks;
  }

  /**
   * Takes back every block after a kept one of the chain, final ones too, and drops all forks: for development verbs, whose callers tell clients that
   * finality was broken. Throws RangeError for a block that is not kept with its state.
   */
  rewind(to: Block): void {
    if (!this.isCanonical(to) || to.number < this.states.oldest) throw new RangeError(`block ${to.number} is not kept`);
    this.takeBack(to);
    this.forks.clear();
    if (this.finalBlock.number > to.number) this.finalBlock = to;
  }

  /** Goes on from another start, as if the chain had been opened with it: what was here before is gone. For development verbs. */
  restart(start: ChainStart): void {
    this.byNumber.clear();
    this.byHash.clear();
    this.numbers = [];
    this.forgottenTo = 0;
    this.forgotten.clear();
    this.forks.clear();
    this.unfinal.length = 0;
    this.view = undefined;
    this.states = new VersionedStore();
    this.begin(start);
    const head = this.headBlock;
    this.store?.restart(start.genesis, head, () => this.states.entries(head.number));
  }

  private begin(start: ChainStart): void {
    const first = start.blocks[0] as Block;
    this.genesisBlock = start.genesis;
    this.headBlock = first;
    this.finalBlock = first;
    this.index(start.genesis);
    this.states.startAt(first.number);
    this.states.apply(first.number, start.snapshot ?? first.changes);
    this.index(first);
    for (const block of start.blocks.slice(1)) {
      this.states.apply(block.number, block.changes);
      this.index(block);
      this.headBlock = block;
      // What was on disk is final: finality never goes back over a restart.
      this.finalBlock = block;
      this.forget();
    }
  }

  private takeBack(to: Block): void {
    for (let at: Block | undefined = this.headBlock; at !== undefined && at.number > to.number; ) {
      this.byHash.delete(at.hash);
      this.byNumber.delete(at.number);
      at = this.byHash.get(at.header.parent_hash);
    }
    while ((this.unfinal.at(-1)?.number ?? to.number) > to.number) this.unfinal.pop();
    while ((this.numbers.at(-1) ?? to.number) > to.number) this.numbers.pop();
    this.states.revertTo(to.number);
    this.headBlock = to;
    this.store?.rewind(to, () => this.states.entries(to.number));
  }

  private finalise(count: number): Finalized {
    if (count <= 0) return { blocks: [], pruned: [] };
    const blocks = this.unfinal.splice(0, count);
    this.finalBlock = blocks.at(-1) ?? this.finalBlock;
    return { blocks, pruned: this.forks.prune(this.finalBlock) };
  }

  private index(block: Block): void {
    // By number: after a resume the oldest kept block may be another copy of genesis.
    if (block.number > 0) this.numbers.push(block.number);
    this.byNumber.set(block.number, block);
    this.byHash.set(block.hash, block);
  }

  /** Drops what is older than the kept history; genesis stays readable as a block, and so does all that is not final. */
  private forget(): void {
    const oldest = Math.min(this.headBlock.number - this.kept, this.finalBlock.number);
    if (oldest <= this.states.oldest) return;
    // By a list of its own: a walk over the map would begin with all the holes that the walks before left.
    for (; (this.numbers[this.forgottenTo] ?? oldest) < oldest; this.forgottenTo++) {
      const block = this.byNumber.get(this.numbers[this.forgottenTo] as number) as Block;
      this.byNumber.delete(block.number);
      this.byHash.delete(block.hash);
      this.forgotten.set(block.hash, block.number);
    }
    if (this.forgottenTo > this.numbers.length / 2) {
      this.numbers.splice(0, this.forgottenTo);
      this.forgottenTo = 0;
    }
    this.trimForgotten();
    this.forks.forget(oldest);
    this.states.prune(oldest);
  }

  /** By halves: taking one from the front of a large map for each block would cost more than the rest. */
  private trimForgotten(): void {
    if (this.forgotten.size <= MAX_FORGOTTEN) return;
    let left = MAX_FORGOTTEN / 2;
    for (const hash of this.forgotten.keys()) {
      if (left-- === 0) break;
      this.forgotten.delete(hash);
    }
  }
}
