import { createHash } from "node:crypto";
import type { RedisClient } from "../queue/connection.ts";

const hashes = new Map<string, string>();

/**
 * Runs a Lua script by its hash, and by its text when the server does not know it (first use, restart, SCRIPT FLUSH). The script must be
 * idempotent: a reply that was lost means the caller runs it again.
 */
export async function runScript(
  redis: RedisClient,
  script: string,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  let hash = hashes.get(script);
  if (hash === undefined) {
    hash = createHash("sha1").update(script).digest("hex");
    hashes.set(script, hash);
  }
  try {
    return await redis.evalsha(hash, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
    return await redis.eval(script, keys.length, ...keys, ...args);
  }
}
