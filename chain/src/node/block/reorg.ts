/** Replaces the newest blocks by another branch, one block longer: clients change over to a longer branch only. */
import { SLOT_DURATION_MS } from "../../spec/pallets/timestamp.ts";
import type { Block } from "./block.ts";
import type { NewBlock } from "./block-news.ts";
import type { BuiltBlock } from "./builder.ts";
import type { Chain, Finalized } from "./chain.ts";
import type { Extrinsic } from "./extrinsic.ts";
import type { TransactionPool } from "./pool.ts";

/** What a reorganisation uses. */
export interface ReorgModules {
  readonly chain: Chain;
  readonly pool: TransactionPool;
  /** Builds and adds a block, telling nobody. */
  make(timestampMs: number, extrinsics: readonly Extrinsic[]): BuiltBlock & { readonly finalized: Finalized };
  /** Time the next block gets by itself, unix ms. */
  nextTimestamp(): number;
  /** Time of a kept block, unix ms. */
  timeOf(block: Block): number;
}

/** What a reorganisation did. */
export interface Reorg {
  readonly retracted: readonly Block[];
  /** The new branch, as it is to be told. */
  readonly built: readonly NewBlock[];
  readonly finalized: Finalized;
  /** Hashes of the transactions that came back into the pool, and of those that did not. */
  readonly pooled: readonly string[];
  readonly dropped: readonly string[];
}

/**
 * Does it. The transactions of the old branch are offered to the first new block, except those `drops` names. Nothing waits on the way, so that no
 * request sees the chain without its branch. Throws RangeError for a depth beyond what is not final.
 */
export function reorganise(
  { chain, pool, make, ...time }: ReorgModules,
  depth: number,
  drops: (hash: string) => boolean,
): Reorg {
  const retracted = chain.retract(depth);
  const [first] = retracted;
  // Of a later slot than the block it replaces: the same content in the same slot would be the same block.
  const earliest = first === undefined ? 0 : time.timeOf(first) + SLOT_DURATION_MS;
  const { pooled, dropped } = pool.retract(retracted, drops);
  const made = Array.from({ length: depth + 1 }, (_, at) =>
    make(Math.max(time.nextTimestamp(), at === 0 ? earliest : 0), at === 0 ? pool.ready() : []),
  );
  const branch = made.map(({ block }) => block);
  const built = made.map(
    ({ block, outcomes }, at): NewBlock =>
      at === depth ? { block, outcomes, adopted: branch, retracted } : { block, outcomes, adopted: [], retracted: [] },
  );
  const finalized = {
    blocks: made.flatMap((one) => one.finalized.blocks),
    pruned: made.flatMap((one) => one.finalized.pruned),
  };
  return { retracted, built, finalized, pooled, dropped };
}
