import type { ChainHooks } from "@subnetkit/chain/client/connect";
import type { MinerMetrics } from "../metrics.ts";

/** What a chain connection reports, put into metrics and into the facts behind the health page. */
export function chainHooks(
  metrics: MinerMetrics,
  facts: { chainConnected: boolean; headBlock: number | undefined },
): ChainHooks {
  const setConnected = (connected: boolean): void => {
    facts.chainConnected = connected;
    metrics.subnetkit_miner_chain_connected.set(connected ? 1 : 0);
  };
  return {
    onConnected: () => setConnected(true),
    onDisconnected: (_endpoint, reason) => {
      setConnected(false);
      metrics.subnetkit_miner_chain_disconnects_total.inc({ reason });
    },
    onHead: ({ number }) => {
      facts.headBlock = number;
      metrics.subnetkit_miner_chain_block.set(number);
    },
    onRequest: (_method, durationMs, outcome) => {
      metrics.subnetkit_miner_chain_request_seconds.observe({ outcome }, durationMs / 1000);
    },
  };
}
