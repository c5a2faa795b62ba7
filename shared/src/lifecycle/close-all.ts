import type { Logger } from "../log/logger.ts";
import { withTimeout } from "../util/withTimeout.ts";

export type Closer = { readonly name: string; readonly close: () => Promise<void> | void };

/**
 * Closes a stack, last opened first, within `deadlineMs` for all. A closer that hangs gets half of what is left, so that the ones
 * beneath it (a store that must be written) still have their turn. Closers pushed meanwhile are closed too. Never throws: a closer that
 * fails or hangs is logged by name and makes the outcome `dirty`.
 */
export async function closeAll(closers: Closer[], deadlineMs: number, log: Logger): Promise<"closed" | "dirty"> {
  const deadline = performance.now() + deadlineMs;
  let outcome: "closed" | "dirty" = "closed";
  for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) {
    const leftMs = Math.max(0, deadline - performance.now());
    const budgetMs = closers.length === 0 ? leftMs : leftMs / 2;
    try {
      await withTimeout(Promise.resolve().then(closer.close), budgetMs, `Closing ${closer.name}`);
    } catch (error) {
      outcome = "dirty";
      log.error({ err: error, closer: closer.name }, "could not close");
    }
  }
  return outcome;
}
