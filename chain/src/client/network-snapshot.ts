/** A snapshot of a live network: everything a development chain needs to replay some of its subnets at home. */
import { appError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { type Entry, writeEntriesFile } from "../spec/entries-file.ts";
import { SNAPSHOT_FORMAT, SNAPSHOT_VERSION, type SnapshotHeader } from "../spec/network-snapshot.ts";
import type { ChainClient } from "./chain-client.ts";
import { connectChain } from "./connect.ts";
import { snapshotEntries } from "./snapshot-entries.ts";
import { createSnapshotReader } from "./snapshot-reader.ts";

/** How far a snapshot is. `entries` counts what has been written so far; `done` of `total` where the number of steps is known. */
export interface SnapshotProgress {
  readonly step: "connecting" | "globals" | "subnets" | "hotkeys" | "stakes" | "coldkeys" | "written";
  readonly done: number;
  readonly total: number;
  readonly entries: number;
}

/** What to take and where to put it. */
export interface NetworkSnapshotOptions {
  /** WebSocket URLs of nodes of one network, in order of preference. */
  readonly endpoints: readonly string[];
  /** Subnets to take, at least one; root (0) comes with them. */
  readonly netuids: readonly number[];
  /** File to write: gzip, mode 0600, complete or not there at all. */
  readonly path: string;
  /** Hash of the block; the newest final one where absent. The endpoint must still have its state. */
  readonly at?: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: SnapshotProgress) => void;
  /** Read deadline of one request. */
  readonly requestTimeoutMs?: number;
  /** Entries at which the snapshot is given up. */
  readonly maxEntries?: number;
}

/** A snapshot that was taken. */
export interface NetworkSnapshot {
  readonly path: string;
  readonly header: SnapshotHeader;
  readonly entries: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_ENTRIES = 5_000_000;
/** Largest netuid: above it lie the mechanisms. */
const MAX_NETUID = 4_095;

/**
 * Takes a snapshot: everything of one block, read in pages and written as it comes. Throws E_CHAIN_UNREACHABLE, E_SUBNET_UNKNOWN for a netuid the
 * network does not have, E_CHAIN_TIMEOUT, E_CHAIN_RPC (the endpoint no longer has the block's state), E_CHAIN_SHAPE, E_STATE_FILE_WRITE, E_ABORTED.
 */
export async function takeNetworkSnapshot(
  options: NetworkSnapshotOptions,
  modules: { readonly log: Logger },
): Promise<NetworkSnapshot> {
  const { endpoints, path, signal, requestTimeoutMs = DEFAULT_TIMEOUT_MS, maxEntries = DEFAULT_MAX_ENTRIES } = options;
  const netuids = [...new Set(options.netuids)].filter((netuid) => netuid !== 0).sort((a, b) => a - b);
  const progress = progressOf(options.onProgress);
  progress.report("connecting", 0, 1);
  const client = await connectChain({ endpoints, log: modules.log, signal, requestTimeoutMs });
  try {
    const at = options.at ?? text(await client.rpc("chain_getFinalizedHead"), "chain_getFinalizedHead");
    await checkNetuids(client, netuids, at);
    const header = await headerOf(client, netuids, at);
    const reader = createSnapshotReader(client, at, signal);
    const entries = snapshotEntries({ api: client.api, reader, netuids, report: progress.report });
    const count = await writeEntriesFile(path, header, counted(entries, progress, maxEntries), signal);
    progress.report("written", 1, 1);
    return { path, header, entries: count };
  } finally {
    await client.close();
  }
}

interface Progress {
  entries: number;
  report(step: SnapshotProgress["step"], done: number, total: number): void;
}

function progressOf(onProgress: NetworkSnapshotOptions["onProgress"]): Progress {
  const progress: Progress = {
    entries: 0,
    report: (step, done, total) => onProgress?.({ step, done, total, entries: progress.entries }),
  };
  return progress;
}

async function* counted(entries: AsyncIterable<Entry>, progress: Progress, maxEntries: number): AsyncGenerator<Entry> {
  for await (const entry of entries) {
    progress.entries += 1;
    if (progress.entries > maxEntries)
      throw appError("E_CHAIN_SHAPE", { what: "the snapshot", reason: `it has more than ${maxEntries} entries` });
    yield entry;
  }
}

async function checkNetuids(client: ChainClient, netuids: readonly number[], at: string): Promise<void> {
  if (netuids.length === 0) throw appError("E_SUBNET_UNKNOWN", { netuid: 0 });
  for (const netuid of netuids) {
    const key = client.api.query["subtensorModule"]?.["networksAdded"]?.key(netuid);
    const known =
      Number.isInteger(netuid) && netuid > 0 && netuid <= MAX_NETUID && key !== undefined
        ? await client.rpc("state_getStorage", [key, at])
        : null;
    if (known !== "0x01") throw appError("E_SUBNET_UNKNOWN", { netuid });
  }
}

async function headerOf(client: ChainClient, netuids: readonly number[], at: string): Promise<SnapshotHeader> {
  const [head, chain, version] = await Promise.all([
    client.rpc("chain_getHeader", [at]),
    client.rpc("system_chain"),
    client.rpc("state_getRuntimeVersion", [at]),
  ]);
  const { number } = (head ?? {}) as { readonly number?: unknown };
  const block = Number(number);
  const { specName, specVersion } = (version ?? {}) as { readonly specName?: unknown; readonly specVersion?: unknown };
  if (!Number.isSafeInteger(block)) throw appError("E_CHAIN_SHAPE", { what: "chain_getHeader", reason: "no number" });
  return {
    format: SNAPSHOT_FORMAT,
    version: SNAPSHOT_VERSION,
    genesisHash: client.genesisHash,
    chain: text(chain, "system_chain"),
    specName: text(specName, "state_getRuntimeVersion"),
    specVersion: Number(specVersion),
    block,
    blockHash: at,
    netuids,
  };
}

function text(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw appError("E_CHAIN_SHAPE", { what, reason: "it is no text" });
}
