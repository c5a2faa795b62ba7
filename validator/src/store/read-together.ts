import type { ChainableCommander } from "ioredis";
import type { RedisClient } from "../queue/connection.ts";

/** Sends several reads at once, of keys of one slot. Gives their answers in order; rejects with the first error. */
export async function readTogether(
  redis: RedisClient,
  reads: (pipeline: ChainableCommander) => ChainableCommander,
): Promise<readonly unknown[]> {
  const answers = (await reads(redis.pipeline()).exec()) ?? [];
  return answers.map(([error, answer]) => {
    if (error !== null) throw error;
    return answer;
  });
}
