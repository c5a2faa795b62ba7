import type { RedisClient } from "../queue/connection.ts";
import type { StateKeys } from "../store/keys.ts";
import { runScript } from "../store/run-script.ts";
import { claimAnchorScript } from "../store/scripts/claim-anchor.ts";
import type { WriterLease } from "../store/writer-lease.ts";

/** Blocks for which a claim keeps every process from another commit: one that was sent has landed by then, or is tried again. */
export const claimBlocks = 20;

/**
 * Asks for the right to commit at a block: given to the holder of the writer's lease only, and to one process in so many blocks, so that one that has lost
 * the lease without noticing sends nothing, and its successor nothing beside what is under way. Rejects when Redis cannot be asked.
 */
export function createAnchorClaim(
  lease: Pick<WriterLease, "held">,
  { redis, keys }: { readonly redis: RedisClient; readonly keys: Pick<StateKeys, "writer" | "writerTurn" | "anchor"> },
): (block: number) => Promise<boolean> {
  return async (block) => {
    const held = lease.held();
    if (held === undefined) return false;
    const names = [keys.writer, keys.writerTurn, keys.anchor];
    return (await runScript(redis, claimAnchorScript, names, [held, block, claimBlocks])) === 1;
  };
}
