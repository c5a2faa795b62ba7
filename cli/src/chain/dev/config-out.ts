import { renameSync, rmSync, writeFileSync } from "node:fs";
import type { NodeConfig } from "@subnetkit/chain/node/config";
import type { DevChain } from "@subnetkit/chain/node/start-dev-chain";
import type { ChainFacts } from "./chain-facts.ts";

/** What `--config-out` writes and `chain.ready` holds: where the chain is and what is in it. Fields are added, never renamed, within a version. */
export type ReadyDocument = {
  readonly v: 1;
  readonly pid: number;
  readonly urls: { readonly ws: string; readonly http: string; readonly metrics: string | null };
  readonly genesisHash: string;
  readonly specVersion: number;
  readonly blocks: { readonly mode: string; readonly blockMs: number };
  readonly netuids: readonly number[];
  readonly subnets: ChainFacts["subnets"];
  readonly accounts: ChainFacts["accounts"];
};

/** The document of a started chain. */
export function readyDocument(chain: DevChain, config: NodeConfig, facts: ChainFacts): ReadyDocument {
  const { url, httpUrl, metricsPort, genesisHash } = chain;
  const metrics = metricsPort === undefined ? null : `${httpUrl.replace(/:\d+$/, "")}:${metricsPort}/metrics`;
  return {
    v: 1,
    pid: process.pid,
    urls: { ws: url, http: httpUrl, metrics },
    genesisHash,
    specVersion: facts.specVersion,
    blocks: { mode: config.mode, blockMs: config.blockMs },
    netuids: facts.subnets.map(({ netuid }) => netuid),
    subnets: facts.subnets,
    accounts: facts.accounts,
  };
}

/** Writes the document whole or not at all: a script that waits for the file never reads half of it. */
export function writeConfigOut(file: string, document: ReadyDocument): void {
  const own = `${file}.${process.pid}`;
  try {
    writeFileSync(own, `${JSON.stringify(document, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(own, file);
  } catch (error) {
    rmSync(own, { force: true });
    throw error;
  }
}
