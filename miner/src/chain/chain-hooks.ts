import type { ChainHooks } from "@subnetkit/chain/client/connect";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { MinerMetrics } from "../metrics.ts";
import type { MinerFacts } from "../status.ts";

/** What a chain connection reports, put into metrics and into the facts behind the health page; that it is back is said. */
export function chainHooks(
  metrics: MinerMetrics,
  facts: Pick<MinerFacts, "chainConnected" | "headBlock" | "headAtMs">,
  log: Logger,
): ChainHooks {
  let lostAtMs: number | undefined;
  const setConnected = (connected: boolean): void => {
    facts.chainConnected = connected;
    metrics.subnetkit_miner_chain_connected.set(connected ? 1 : 0);
  };
  return {
    onConnected: (endpoint) => {
      setConnected(true);
      if (lostAtMs !== undefined) log.info({ endpoint, awayMs: Date.now() - lostAtMs }, "connected to the chain again");
      lostAtMs = undefined;
    },
    onDisconnected: (_endpoint, reason) => {
      // The first of several attempts.
      lostAtMs ??= Date.now();
      setConnected(false);
      metrics.subnetkit_miner_chain_disconnects_total.inc({ reason });
    },
    onHead: ({ number }) => {
      facts.headBlock = number;
      facts.headAtMs = Date.now();
      metrics.subnetkit_miner_chain_block.set(number);
    },
    onRequest: (_method, durationMs, outcome) => {
      metrics.subnetkit_miner_chain_request_seconds.observe({ outcome }, durationMs / 1000);
    },
  };
}
