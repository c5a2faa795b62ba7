/** A chain on a free port for tests, and a stock polkadot.js client of it. */
import { ApiPromise, WsProvider } from "@polkadot/api";
import type { ChainNode } from "../../../../chain/src/node/create-node.ts";
import { type DevChainOptions, startDevChain } from "../../../../chain/src/node/start-dev-chain.ts";

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
export async function startTestChain(options: DevChainOptions = {}): Promise<TestChain> {
  const faults: unknown[] = [];
  const { node, port, httpUrl, close } = await startDevChain(options, { onFault: (error) => faults.push(error) });
  return {
    node,
    port,
    faults,
    async http(method, params = []) {
      const reply = await fetch(httpUrl, {
        method: "POST",
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      });
      return (await reply.json()) as {
        id: unknown;
        result?: unknown;
        error?: { code: number; message: string; data?: string };
      };
    },
    close,
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
