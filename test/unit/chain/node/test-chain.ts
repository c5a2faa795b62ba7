/** A chain on a free port for tests, and a stock polkadot.js client of it. */
import { ApiPromise, WsProvider } from "@polkadot/api";
import { createMetrics } from "@subnetkit/shared/metrics/define";
import { pino } from "pino";
import { type NodeConfig, nodeConfig } from "../../../../chain/src/node/config.ts";
import { type ChainNode, createNode } from "../../../../chain/src/node/create-node.ts";
import { chainMetrics } from "../../../../chain/src/node/metrics.ts";
import { createDispatch } from "../../../../chain/src/node/rpc/dispatch.ts";
import { rpcMethods } from "../../../../chain/src/node/rpc/methods.ts";
import { startRpcServer } from "../../../../chain/src/node/rpc/server.ts";

/** A chain in this process; `faults` collects what pallets threw, and should stay empty. */
export interface TestChain {
  readonly node: ChainNode;
  readonly port: number;
  readonly faults: unknown[];
  /** One JSON-RPC call over HTTP; the whole reply object. */
  http(
    method: string,
    params?: unknown,
  ): Promise<{ id: unknown; result?: unknown; error?: { code: number; message: string; data?: string } }>;
  close(): Promise<void>;
}

/** Starts a chain and its first block. */
export async function startTestChain(options: Partial<NodeConfig> = {}): Promise<TestChain> {
  const faults: unknown[] = [];
  const log = pino({ level: "silent" });
  const metrics = createMetrics(chainMetrics);
  const config = nodeConfig.schema.parse({ mode: "instant", port: 0, ...options });
  const node = createNode(config, { log, metrics, now: Date.now, onFault: (error) => faults.push(error) });
  const dispatch = createDispatch(rpcMethods(node), { log, metrics });
  const server = await startRpcServer(config, { dispatch, log, metrics, onRewind: node.onRewind });
  node.producer.start();
  return {
    node,
    port: server.port,
    faults,
    async http(method, params = []) {
      const reply = await fetch(`http://127.0.0.1:${server.port}`, {
        method: "POST",
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      });
      return (await reply.json()) as {
        id: unknown;
        result?: unknown;
        error?: { code: number; message: string; data?: string };
      };
    },
    async close() {
      await server.close();
      node.close();
    },
  };
}

/** A connected client, as the project's own client configures it. */
export function connectApi(port: number): Promise<ApiPromise> {
  const none = { extrinsic: {}, payload: {} };
  const signedExtensions = {
    SudoTransactionExtension: none,
    CheckShieldedTxValidity: none,
    SubtensorTransactionExtension: none,
    DrandPriority: none,
  };
  return ApiPromise.create({
    provider: new WsProvider(`ws://127.0.0.1:${port}`) as never,
    types: { Balance: "u64" },
    signedExtensions,
    noInitWarn: true,
    throwOnConnect: true,
  });
}
