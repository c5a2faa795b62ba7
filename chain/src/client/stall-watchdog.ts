import { errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { HeadFeed } from "./head-feed.ts";
import type { RpcProvider } from "./rpc-provider.ts";

/** A pause shorter than this is never a stall, however fast the chain. */
const leastPatienceMs = 15_000;

/**
 * Looks at the connection when no new head came for `stallBlocks` block times. A node that no longer answers, or whose best block moved on
 * without telling us (a lost subscription), is left at once. A node that answers and stands still is left only when there is another
 * endpoint: the chain itself may be paused. Returns the stop.
 */
export function startStallWatchdog(modules: {
  readonly provider: RpcProvider;
  readonly feed: HeadFeed;
  readonly blockMs: number;
  readonly stallBlocks: number;
  readonly log: Logger;
  readonly patienceMs?: number;
}): () => void {
  const { provider, feed, blockMs, stallBlocks, log } = modules;
  const patienceMs = modules.patienceMs ?? Math.max(leastPatienceMs, blockMs * stallBlocks);
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const arm = (waitMs: number): void => {
    if (stopped) return;
    timer = setTimeout(() => void check(), waitMs);
    timer.unref();
  };

  const check = async (): Promise<void> => {
    const idleMs = Date.now() - feed.lastHeadMs();
    if (idleMs < patienceMs) return arm(patienceMs - idleMs);
    if (provider.isConnected) {
      const verdict = await judge(provider, feed);
      if (stopped) return;
      if (verdict !== "idle" || provider.endpointCount > 1) {
        log.warn(
          { endpoint: provider.endpoint, idleMs, verdict },
          "no new block for too long, leaving this chain endpoint",
        );
        provider.failover("stalled");
      }
    }
    arm(patienceMs);
  };

  arm(patienceMs);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

async function judge(provider: RpcProvider, feed: HeadFeed): Promise<"idle" | "ahead" | string> {
  try {
    const header = (await provider.request("chain_getHeader", [])) as { number?: unknown } | null;
    return Number(header?.number) > feed.head().number ? "ahead" : "idle";
  } catch (error) {
    return errorMessage(error);
  }
}
