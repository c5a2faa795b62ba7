import { loadConfig } from "@subnetkit/shared/config/define";
import { createLogger, type Logger } from "@subnetkit/shared/log/logger";
import { createMetrics } from "@subnetkit/shared/metrics/define";
import { nodeConfig } from "@subnetkit/chain/node/config";
import { type ChainNode, createNode } from "@subnetkit/chain/node/create-node";
import { chainMetrics } from "@subnetkit/chain/node/metrics";
import { createDispatch } from "@subnetkit/chain/node/rpc/dispatch";
import { rpcMethods } from "@subnetkit/chain/node/rpc/methods";
import { startRpcServer } from "@subnetkit/chain/node/rpc/server";

/** A development chain in this process, on a free port. */
export type DevChain = {
  readonly url: string;
  readonly node: ChainNode;
  /** Transactions in the pool; the beacon's pulses are not counted. */
  waiting(): number;
  cutConnections(): Promise<void>;
  close(): Promise<void>;
};

/** A logger that writes nowhere. */
export const silentLog: Logger = createLogger({
  name: "test",
  level: "silent",
  destination: { write: () => undefined },
});

/** Starts one. "instant" makes a block for each transaction; more blocks come from the `dev_newBlock` verb. */
export async function startDevChain(mode: "instant" | "manual" | "interval" = "instant"): Promise<DevChain> {
  const { config } = loadConfig(nodeConfig, { argv: ["--port", "0", "--mode", mode], env: {} });
  const metrics = createMetrics(chainMetrics);
  const node = createNode(config, { log: silentLog, metrics, now: Date.now });
  const dispatch = createDispatch(rpcMethods(node), { log: silentLog, metrics });
  const listen = (port: number) =>
    startRpcServer(
      { host: config.host, port, maxConnections: config.maxConnections },
      { dispatch, log: silentLog, metrics },
    );
  let server = await listen(config.port);
  const { port } = server;
  node.producer.start();
  return {
    url: `ws://127.0.0.1:${port}`,
    node,
    waiting: () => node.pool.pending().filter(({ kind }) => kind === "signed").length,
    cutConnections: async () => {
      await server.close();
      server = await listen(port);
    },
    close: async () => {
      await server.close();
      node.close();
    },
  };
}
