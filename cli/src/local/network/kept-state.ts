import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { appError } from "@subnetkit/shared/errors/app-error";
import { z } from "zod";
import type { LocalPaths } from "../paths.ts";

/** 2: the chain's files are of version 2, which no chain before reads. */
const LAYOUT = 2;

const keptNetwork = z.object({
  layout: z.int(),
  /** Tells the queues and scores of this network from those of an earlier one in a Redis that outlives both. */
  networkId: z.string(),
  subnet: z.string(),
  createdAt: z.string(),
});

/** What the folder of kept state belongs to. */
export type KeptNetwork = z.infer<typeof keptNetwork>;

/**
 * Opens the kept state for a subnet, or begins a new one; that of another subnet is put aside under its name, and found again when that one is
 * started. `fresh` drops what this subnet has kept. Throws E_STATE_OTHER for a state of another layout. `resumed` says whether there was
 * something to go on from.
 */
export function openKeptState(
  paths: LocalPaths,
  subnet: string,
  fresh: boolean,
): { network: KeptNetwork; resumed: boolean } {
  switchTo(paths, subnet);
  if (fresh) dropState(paths);
  const kept = checkedKept(paths, subnet);
  if (kept !== undefined) return { network: kept, resumed: true };
  // State without its record is half of something: a start that was cut off, or a folder of another making.
  dropState(paths);
  return { network: beginNetwork(paths, subnet), resumed: false };
}

/** Like {@link openKeptState}, for a chain that somebody else started and that keeps its state in the same folder: nothing is dropped. */
export function adoptKeptState(paths: LocalPaths, subnet: string): KeptNetwork {
  return checkedKept(paths, subnet) ?? beginNetwork(paths, subnet);
}

/** Where the state of a subnet waits while another one runs. Names of subnets are short identifiers, so they name folders. */
function asidePath(paths: LocalPaths, subnet: string): string {
  return `${paths.state}-${subnet}`;
}

/** Puts the state of another subnet aside and brings this one's back. A rename at a time: whatever is cut off, the next start goes on with. */
function switchTo(paths: LocalPaths, subnet: string): void {
  const kept = readKept(paths.networkFile);
  if (kept?.subnet === subnet) return;
  if (kept !== undefined) {
    const aside = asidePath(paths, kept.subnet);
    rmSync(aside, { recursive: true, force: true });
    renameSync(paths.state, aside);
  }
  const own = asidePath(paths, subnet);
  if (!existsSync(own)) return;
  dropState(paths);
  renameSync(own, paths.state);
}

function checkedKept(paths: LocalPaths, subnet: string): KeptNetwork | undefined {
  const kept = readKept(paths.networkFile);
  if (kept === undefined) return undefined;
  if (kept.layout !== LAYOUT)
    throw appError("E_STATE_OTHER", { kept: `layout ${kept.layout}`, wanted: `layout ${LAYOUT}` });
  if (kept.subnet !== subnet)
    throw appError("E_STATE_OTHER", { kept: `subnet "${kept.subnet}"`, wanted: `subnet "${subnet}"` });
  return kept;
}

function beginNetwork(paths: LocalPaths, subnet: string): KeptNetwork {
  const network = {
    layout: LAYOUT,
    networkId: `sk-${randomBytes(4).toString("hex")}`,
    subnet,
    createdAt: new Date().toISOString(),
  };
  mkdirSync(path.dirname(paths.networkFile), { recursive: true });
  const temporary = `${paths.networkFile}.new`;
  writeFileSync(temporary, JSON.stringify(network));
  renameSync(temporary, paths.networkFile);
  return network;
}

function dropState(paths: LocalPaths): void {
  if (existsSync(paths.state)) rmSync(paths.state, { recursive: true, force: true });
}

function readKept(file: string): KeptNetwork | undefined {
  try {
    return keptNetwork.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}
