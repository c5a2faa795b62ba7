import type { Block } from "../block/block.ts";
import type { Chain } from "../block/chain.ts";

/** The blocks after an ancestor up to a block, oldest first; undefined when it is no ancestor or a block between is no longer kept. */
export function branchAfter(chain: Chain, ancestor: Block, block: Block): Block[] | undefined {
  const branch: Block[] = [];
  let at: Block | undefined = block;
  while (at !== undefined && at.number > ancestor.number) {
    branch.push(at);
    at = chain.block(at.header.parent_hash);
  }
  return at?.hash === ancestor.hash ? branch.reverse() : undefined;
}
