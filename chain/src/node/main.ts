/** The development chain as a process: chain, JSON-RPC, status pages. */
import { type RunningProcess, runProcess } from "@subnetkit/shared/lifecycle/run-process";
import { createMetrics } from "@subnetkit/shared/metrics/define";
import { type NodeConfig, nodeConfig } from "./config.ts";
import { chainMetrics } from "./metrics.ts";
import { startDevChain } from "./start-dev-chain.ts";

async function main(config: NodeConfig, { log, lifecycle, events }: RunningProcess): Promise<void> {
  const metrics = createMetrics(chainMetrics, { collectDefault: true });
  const chain = await startDevChain({ ...config, status: true }, { log, metrics });
  lifecycle.onClose("chain", () => chain.close());
  const { port, metricsPort, genesisHash, node } = chain;
  const block = node.chain.head.number;
  log.info({ port, metricsPort, block, genesisHash, resumed: node.resumed }, "chain ready");
  events.emit({ type: "process.ready", name: "chain", port, metricsPort, genesisHash, block });
}

runProcess({ config: nodeConfig, identify: ({ logLevel }) => ({ name: "chain", logLevel }), main });
