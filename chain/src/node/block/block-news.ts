/** Who is told of blocks and of finality. A block is told once it is complete in every look-up, always before it is told final (spec/json-rpc.md 8). */
import type { Block } from "./block.ts";
import type { BuiltBlock } from "./builder.ts";
import type { Finalized } from "./chain.ts";

/** A block as listeners hear of it. */
export interface NewBlock extends BuiltBlock {
  /** Blocks that joined the best chain with this one, ascending; none while its branch is no longer than another. */
  readonly adopted: readonly Block[];
  /** Blocks that left the best chain with this one, ascending. */
  readonly retracted: readonly Block[];
}

/** Hears of a block. */
export type BlockListener = (built: NewBlock) => void;
/** Hears of finality. */
export type FinalityListener = (finalized: Finalized) => void;

/** Tells listeners in the order they came. */
export class BlockNews {
  private readonly blockListeners = new Set<BlockListener>();
  private readonly finalityListeners = new Set<FinalityListener>();

  /** Hears of blocks until the returned function is called. */
  onBlock(listener: BlockListener): () => void {
    this.blockListeners.add(listener);
    return () => this.blockListeners.delete(listener);
  }

  /** Hears of final blocks until the returned function is called. */
  onFinalized(listener: FinalityListener): () => void {
    this.finalityListeners.add(listener);
    return () => this.finalityListeners.delete(listener);
  }

  /** Tells of blocks, then of what became final by them. */
  tell(blocks: readonly NewBlock[], finalized: Finalized): void {
    for (const built of blocks) for (const listener of [...this.blockListeners]) listener(built);
    if (finalized.blocks.length > 0) for (const listener of [...this.finalityListeners]) listener(finalized);
  }
}
