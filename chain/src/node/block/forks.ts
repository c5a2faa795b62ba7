/**
 * Blocks that a longer branch replaced. They stay readable by hash with their states, as a real node keeps forks; a fork that finality has ruled out is
 * `pruned` and readable until its place is needed. State of a fork: that of the block it leaves the chain at, with the changes of its own blocks on top.
 */
import { OverlayState } from "../storage/state.ts";
import type { RawReader } from "../storage/versions.ts";
import type { Block } from "./block.ts";

/** Fork blocks kept, pruned ones included; the oldest go first. */
const MAX_FORK_BLOCKS = 4_096;

/** What forks are attached to. */
export interface ForkModules {
  /** Any kept block, of the chain or of a fork. */
  block(hash: string): Block | undefined;
  /** True for a block of the chain itself. */
  isCanonical(block: Block): boolean;
  /** Storage after a block of the chain; undefined when it is no longer kept. */
  storageAt(block: Block): RawReader | undefined;
}

/** Keeps blocks beside the chain. */
export class Forks {
  private readonly modules: ForkModules;
  private readonly live = new Map<string, Block>();
  private readonly pruned = new Map<string, Block>();

  constructor(modules: ForkModules) {
    this.modules = modules;
  }

  /** Blocks that may still win, parents first. */
  get candidates(): readonly Block[] {
    return [...this.live.values()].sort((a, b) => a.number - b.number);
  }

  /** A fork block by hash. */
  block(hash: string): Block | undefined {
    return this.live.get(hash) ?? this.pruned.get(hash);
  }

  /** Takes blocks that left the chain. */
  add(blocks: readonly Block[]): void {
    for (const block of blocks) this.live.set(block.hash, block);
    while (this.live.size + this.pruned.size > MAX_FORK_BLOCKS) {
      const from = this.pruned.size > 0 ? this.pruned : this.live;
      const [oldest] = from.keys();
      from.delete(oldest as string);
    }
  }

  /** A fork block that joined the chain again. */
  remove(hash: string): void {
    this.live.delete(hash);
  }

  /** Rules out what leaves the chain before a final block; returns the blocks that were still possible, parents first. */
  prune(final: Block): readonly Block[] {
    if (this.live.size === 0) return [];
    // Heights at which branches leave the chain, by their blocks: parents come first, so each is one look-up.
    const left = new Map<string, number>();
    const out: Block[] = [];
    for (const block of this.candidates) {
      const { parent_hash } = block.header;
      const at = left.get(parent_hash) ?? this.canonicalNumber(parent_hash);
      left.set(block.hash, at);
      if (at < final.number) out.push(block);
    }
    for (const block of out) {
      this.live.delete(block.hash);
      this.pruned.set(block.hash, block);
    }
    return out;
  }

  /** Drops forks below the oldest kept state. */
  forget(oldest: number): void {
    for (const kept of [this.live, this.pruned])
      for (const [hash, block] of kept) if (block.number <= oldest) kept.delete(hash);
  }

  /** Drops all forks. */
  clear(): void {
    this.live.clear();
    this.pruned.clear();
  }

  /** Storage after a fork block; undefined when what it stands on is no longer kept. Cost: the changes of its branch. */
  storageAt(block: Block): RawReader | undefined {
    const branch: Block[] = [];
    let base: Block | undefined = block;
    while (base !== undefined && !this.modules.isCanonical(base)) {
      branch.push(base);
      base = this.modules.block(base.header.parent_hash);
    }
    const reader = base === undefined ? undefined : this.modules.storageAt(base);
    if (reader === undefined) return undefined;
    const state = new OverlayState(reader);
    for (const one of branch.reverse()) for (const [key, value] of one.changes) state.putRaw(key, value);
    return { get: (key) => state.getRaw(key), keys: (prefix, after) => state.keysRaw(prefix, after) };
  }

  /** Number of a block of the chain; -1 for any other hash. */
  private canonicalNumber(hash: string): number {
    const block = this.modules.block(hash);
    return block !== undefined && this.modules.isCanonical(block) ? block.number : -1;
  }
}
