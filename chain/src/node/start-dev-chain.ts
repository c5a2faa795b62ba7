/** A development chain in this process: what the chain's process runs, and what tests import. */
import { prepareFastHashes } from "@subnetkit/shared/crypto/hash";
import { createLogger, type Logger } from "@subnetkit/shared/log/logger";
import { createMetrics, type Metrics } from "@subnetkit/shared/metrics/define";
import { startStatusServer } from "@subnetkit/shared/metrics/server";
import { type NodeConfig, nodeConfig } from "./config.ts";
import { type ChainNode, createNode } from "./create-node.ts";
import type { FaultListener } from "./block/execution.ts";
import type { Origin } from "./genesis/origin.ts";
import { readOrigin } from "./genesis/read-origin.ts";
import type { GenesisDocument } from "./genesis/schema.ts";
import { writeStateFile } from "./genesis/state-file.ts";
import { healthOf } from "./health.ts";
import { chainMetrics } from "./metrics.ts";
import { createDispatch } from "./rpc/dispatch.ts";
import { rpcMethods } from "./rpc/methods.ts";
import { devInfo } from "./rpc/methods/dev.ts";
import { RpcError } from "./rpc/rpc-error.ts";
import { type RpcServer, startRpcServer } from "./rpc/server.ts";

/**
 * Every setting of the chain's process (`node dist/chain.js --help`), each optional. Where the process differs: any free port, a block per transaction
 * (`mode: "instant"`), silence. `genesis` may be the document itself.
 */
export type DevChainOptions = Partial<Omit<NodeConfig, "genesis">> & {
  readonly genesis?: string | GenesisDocument | undefined;
  /** Whether /metrics, /health, /ready and /status are served, on `metricsPort`; no where absent. */
  readonly status?: boolean;
};

/** What a development chain may be given. */
export interface DevChainModules {
  /** Silent where absent. */
  readonly log?: Logger;
  /** Own ones where absent. */
  readonly metrics?: Metrics<typeof chainMetrics>;
  /** Wall clock, unix ms. */
  readonly now?: () => number;
  /** Told of exceptions inside pallets; they are logged and counted where absent. */
  readonly onFault?: FaultListener;
}

/** A running development chain and its controls. The controls are the dev_* verbs, called in this process. */
export interface DevChain {
  /** WebSocket URL. */
  readonly url: string;
  /** The same port over HTTP. */
  readonly httpUrl: string;
  readonly port: number;
  /** Port of the status pages; undefined where they are not served. */
  readonly metricsPort: number | undefined;
  /** Genesis hash, 0x hex. Another one after {@link DevChain.load}. */
  readonly genesisHash: string;
  /** The chain itself: state, pool, producer. */
  readonly node: ChainNode;
  /** One JSON-RPC call, without a socket. Rejects with the RpcError a client would be sent. */
  rpc(method: string, params?: unknown): Promise<unknown>;
  /** Makes blocks; the hash of the last one. */
  newBlock(count?: number): Promise<string>;
  /** Makes blocks until epochs of a subnet have run; number of the newest block. */
  nextEpoch(netuid: number, count?: number): Promise<number>;
  /** No more blocks on their own. */
  pause(): Promise<void>;
  /** Blocks on their own again. */
  resume(): Promise<void>;
  /** Remembers the state, the pool and the clock; the snapshot's name. */
  snapshot(name?: string): Promise<string>;
  /** Goes back to a snapshot, the newest where no name is given. */
  revert(name?: string): Promise<void>;
  /** Goes back to the genesis of this run, and makes the first block as at the start. */
  reset(): Promise<void>;
  /** Saves the whole state to a file. */
  dump(path: string): Promise<void>;
  /** Goes on from a saved state. */
  load(path: string): Promise<void>;
  /** Closes the port and every connection and opens the port again, as a restart of a node does. */
  cutConnections(): Promise<void>;
  /** Number of open WebSocket connections. */
  connections(): number;
  /** Saves the state where `state` says so, then ends everything. */
  close(): Promise<void>;
}

/**
 * Starts a chain and its JSON-RPC server, and makes the first block. Throws E_CONFIG_VALUE, E_GENESIS_INVALID, E_STATE_FILE_INVALID, E_PORT_BUSY and
 * the errors of the chain's store.
 */
export async function startDevChain(options: DevChainOptions = {}, modules: DevChainModules = {}): Promise<DevChain> {
  const { genesis, status = false, ...settings } = options;
  const file = typeof genesis === "string" ? { genesis } : {};
  const config = nodeConfig.schema.parse({ port: 0, mode: "instant", logLevel: "silent", ...settings, ...file });
  const log = modules.log ?? createLogger({ name: "chain", level: config.logLevel });
  const metrics = modules.metrics ?? createMetrics(chainMetrics);
  const origin = await originOf(config, genesis);
  const { now = Date.now, onFault } = modules;
  const node = createNode(config, { log, metrics, now, origin, ...(onFault === undefined ? {} : { onFault }) });
  announce(origin, node, log);
  const closers: (() => Promise<void> | void)[] = [() => node.close()];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const dispatch = createDispatch(rpcMethods(node), { log, metrics, faults: node.rpcFaults });
    const listen = (port: number): Promise<RpcServer> =>
      startRpcServer({ ...config, port }, { dispatch, log, metrics, onRewind: node.onRewind });
    let server = await listen(config.port);
    const { port } = server;
    closers.push(() => server.close());
    const pages = status
      ? await startStatusServer({
          host: config.host,
          port: config.metricsPort,
          registry: metrics.registry,
          health: healthOf(node, now),
          status: () => ({ ...devInfo(node), connections: server.connections() }),
          log,
        })
      : undefined;
    if (pages !== undefined) closers.push(() => pages.close());
    if (origin.kind === "saved") node.producer.offsetMs = origin.offsetMs;
    // Blocks begin only now: who is told that the chain is ready can connect.
    // A chain that goes on and makes blocks on request makes none that nobody asked for.
    node.producer.start(!node.resumed || config.mode === "interval");
    // Loading takes longer than everything the first blocks hash: the results are the same before and after.
    prepareFastHashes().catch((error: unknown) => log.warn({ err: error }, "hashing stays in plain JavaScript"));
    const { host } = config;
    const rpc = caller(dispatch);
    return {
      url: `ws://${hostText(host)}:${port}`,
      httpUrl: `http://${hostText(host)}:${port}`,
      port,
      metricsPort: pages?.port,
      get genesisHash() {
        return node.chain.genesis.hash;
      },
      node,
      rpc,
      ...controls(node, rpc),
      cutConnections: async () => {
        await server.close();
        server = await listen(port);
      },
      connections: () => server.connections(),
      close: async () => {
        node.producer.stop();
        const { state } = config;
        if (state !== undefined && closers.length > 0)
          await writeStateFile(state, {
            chain: node.chain,
            chainName: config.chainName,
            offsetMs: node.producer.offsetMs,
          });
        await closeAll();
      },
    };
  } catch (cause) {
    await closeAll();
    throw cause;
  }
}

type Controls = Pick<
  DevChain,
  "newBlock" | "nextEpoch" | "pause" | "resume" | "snapshot" | "revert" | "reset" | "dump" | "load"
>;

function controls(node: ChainNode, rpc: DevChain["rpc"]): Controls {
  const named = (name: string | undefined): Record<string, unknown>[] => [name === undefined ? {} : { name }];
  return {
    newBlock: async (count = 1) => String(await rpc("dev_newBlock", [{ count }])),
    nextEpoch: async (netuid, count = 1) => {
      await rpc("dev_nextEpoch", [{ netuid, count }]);
      return node.chain.head.number;
    },
    pause: async () => void (await rpc("dev_pause")),
    resume: async () => void (await rpc("dev_resume")),
    snapshot: async (name) => String(((await rpc("dev_snapshot", named(name))) as { name: string }).name),
    revert: async (name) => void (await rpc("dev_revert", named(name))),
    reset: async () => void (await rpc("dev_reset")),
    dump: async (path) => void (await rpc("dev_dumpState", [{ path }])),
    load: async (path) => void (await rpc("dev_loadState", [{ path }])),
  };
}

interface Reply {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: string };
}

function caller(dispatch: ReturnType<typeof createDispatch>): DevChain["rpc"] {
  return async (method, params = []) => {
    let text = "{}";
    await dispatch(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }), (reply) => {
      text = reply;
    });
    const { result, error } = JSON.parse(text) as Reply;
    if (error !== undefined) throw new RpcError(error.code, error.message, error.data);
    return result;
  };
}

async function originOf(config: NodeConfig, genesis: DevChainOptions["genesis"]): Promise<Origin> {
  if (typeof genesis !== "object") return readOrigin(config);
  const { checkedGenesis } = await import("./genesis/read-genesis.ts");
  return { kind: "document", genesis: checkedGenesis(genesis) };
}

function announce(origin: Origin, node: ChainNode, log: Logger): void {
  if (node.resumed && origin.kind !== "saved" && origin.kind !== "localnet")
    log.info(
      { block: node.chain.head.number },
      "the chain in the directory goes on; the genesis given is for new ones",
    );
  else if (origin.kind === "snapshot") {
    const { header, entries, skipped } = origin.snapshot;
    log.info({ block: header.block, netuids: header.netuids, entries: entries.length, skipped }, "snapshot loaded");
  }
}

const hostText = (host: string): string => (host.includes(":") ? `[${host}]` : host);
