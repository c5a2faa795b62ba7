import { appError } from "@subnetkit/shared/errors/app-error";
import type { RedisClient } from "../queue/connection.ts";

/**
 * Waits until a replica has everything that the server knows by now, and gives the text at a key (or at a field of one) as that server has it: of the
 * same connection, so that a failover in between shows. Rejects with E_REDIS_NOT_REPLICATED when no replica answers in time: then the write before is neither known to be
 * kept nor known to be lost, and has to be made again, which everything here allows.
 */
export type Replicate = (key: string, field?: string) => Promise<string | null>;

/** How long a replica may take, milliseconds; less than a command may. */
const replicateMs = 1_000;

/** For a Redis with at least one replica. */
export function createReplicate(redis: RedisClient): Replicate {
  return async (key, field) => {
    // One pipeline: in a cluster only commands with keys find their node, and what follows in the same one goes there too.
    const pipeline = redis.pipeline();
    const read = field === undefined ? pipeline.get(key) : pipeline.hget(key, field);
    const answers = await read.wait(1, replicateMs).exec();
    const [[getError, text] = [], [waitError, acknowledged] = []] = answers ?? [];
    const error = getError ?? waitError;
    if (error instanceof Error) throw error;
    if (typeof acknowledged !== "number" || acknowledged < 1)
      throw appError("E_REDIS_NOT_REPLICATED", { waitedMs: replicateMs });
    return typeof text === "string" ? text : null;
  };
}
