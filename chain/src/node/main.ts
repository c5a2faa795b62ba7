/** The development chain as a process: chain, JSON-RPC, status pages. */
import { prepareFastHashes } from "@subnetkit/shared/crypto/hash";
import { type RunningProcess, runProcess } from "@subnetkit/shared/lifecycle/run-process";
import { createMetrics } from "@subnetkit/shared/metrics/define";
import { type Health, startStatusServer } from "@subnetkit/shared/metrics/server";
import { type NodeConfig, nodeConfig } from "./config.ts";
import { type ChainNode, createNode } from "./create-node.ts";
import { chainMetrics } from "./metrics.ts";
import { createDispatch } from "./rpc/dispatch.ts";
import { rpcMethods } from "./rpc/methods.ts";
import { devInfo } from "./rpc/methods/dev.ts";
import { startRpcServer } from "./rpc/server.ts";

/** Without a block for this many intervals the chain counts as stuck. */
const STUCK_INTERVALS = 40;

async function main(config: NodeConfig, { log, lifecycle, events }: RunningProcess): Promise<void> {
  const { onClose } = lifecycle;
  const metrics = createMetrics(chainMetrics, { collectDefault: true });
  await prepareFastHashes();
  const node = createNode(config, { log, metrics, now: Date.now });
  onClose("chain", () => node.close());
  let lastBlockAt = Date.now();
  node.onBlock(() => {
    lastBlockAt = Date.now();
  });

  const dispatch = createDispatch(rpcMethods(node), { log, metrics });
  const server = await startRpcServer(config, { dispatch, log, metrics, onRewind: node.onRewind });
  onClose("rpc", () => server.close());
  const { host, metricsPort } = config;
  const status = await startStatusServer({
    host,
    port: metricsPort,
    registry: metrics.registry,
    health: () => health(node, Date.now() - lastBlockAt),
    status: () => ({ ...devInfo(node), connections: server.connections() }),
    log,
  });
  onClose("status", () => status.close());

  // Blocks begin only now: who is told that the chain is ready can connect.
  node.producer.start();
  const { head, genesis } = node.chain;
  log.info(
    {
      port: server.port,
      metricsPort: status.port,
      block: head.number,
      genesisHash: genesis.hash,
      resumed: node.resumed,
    },
    "chain ready",
  );
  events.emit({
    type: "process.ready",
    name: "chain",
    port: server.port,
    metricsPort: status.port,
    genesisHash: genesis.hash,
    block: head.number,
  });
}

/** Ready from the first block on; degraded when blocks that should come do not. */
function health(node: ChainNode, sinceBlockMs: number): Health {
  const { chain, producer } = node;
  const stuck =
    producer.options.mode === "interval" &&
    !producer.paused &&
    sinceBlockMs > producer.options.blockMs * STUCK_INTERVALS;
  const ready = chain.head.number > 0;
  const reasons = [...(ready ? [] : ["no block yet"]), ...(stuck ? [`no block for ${sinceBlockMs} ms`] : [])];
  return { live: true, ready, degraded: stuck, reasons, info: { block: chain.head.number, paused: producer.paused } };
}

runProcess({ config: nodeConfig, identify: ({ logLevel }) => ({ name: "chain", logLevel }), main });
