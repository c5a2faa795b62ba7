/** What the configuration says a new chain begins with. */
import { open, stat } from "node:fs/promises";
import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import { looksGzipped, readEntriesFile } from "../../spec/entries-file.ts";
import { SNAPSHOT_FORMAT, SNAPSHOT_VERSION, snapshotHeader } from "../../spec/network-snapshot.ts";
import type { NodeConfig } from "../config.ts";
import { loadSnapshot } from "./fill-snapshot.ts";
import type { Origin } from "./origin.ts";
import { readStateFile } from "./state-file.ts";

/**
 * Reads it: the state file where it exists, else the genesis file (a document or a snapshot, told apart by their first bytes), the preset, or nothing.
 * Throws E_CONFIG_VALUE for options that exclude each other, E_GENESIS_INVALID and E_STATE_FILE_INVALID for files that cannot be used.
 */
export async function readOrigin(
  config: Pick<NodeConfig, "genesis" | "preset" | "state" | "stateDir">,
): Promise<Origin> {
  const { genesis, preset, state, stateDir } = config;
  exclusive("genesis", "preset", genesis, preset);
  exclusive("state", "stateDir", state, stateDir);
  if (state !== undefined && (await exists(state))) return { kind: "saved", ...(await readStateFile(state)) };
  if (genesis !== undefined) return readGenesis(genesis);
  if (preset === undefined) return { kind: "localnet" };
  const presets = await import("./presets.ts");
  return { kind: "document", genesis: presets.preset(preset) };
}

async function readGenesis(file: string): Promise<Origin> {
  if (await isGzipped(file)) {
    const { header: found, entries } = await readEntriesFile(file, { [SNAPSHOT_FORMAT]: SNAPSHOT_VERSION });
    const header = snapshotHeader(found);
    if (typeof header === "string") throw appError("E_STATE_FILE_INVALID", { path: file, reason: header });
    return { kind: "snapshot", snapshot: await loadSnapshot(file, header, entries) };
  }
  const { readGenesisFile } = await import("./read-genesis.ts");
  return { kind: "document", genesis: readGenesisFile(file) };
}

async function isGzipped(file: string): Promise<boolean> {
  try {
    const handle = await open(file);
    try {
      const { buffer } = await handle.read({ buffer: Buffer.alloc(2) });
      return looksGzipped(buffer);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw appError(
      "E_GENESIS_INVALID",
      { file, problem: `it cannot be read: ${errorMessage(cause)}`, fix: "Give the path of a genesis file." },
      { cause },
    );
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

function exclusive(key: string, other: string, value: unknown, otherValue: unknown): void {
  if (value === undefined || otherValue === undefined) return;
  throw appError("E_CONFIG_VALUE", {
    key,
    source: "the values together",
    problem: `${key} and ${other} exclude each other: give one of them`,
  });
}
