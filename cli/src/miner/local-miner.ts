import { readFileSync } from "node:fs";
import path from "node:path";
import { appError } from "@subnetkit/shared/errors/app-error";
import { z } from "zod";
import { quoted, usage } from "../chain/usage.ts";
import type { LocalPaths } from "../local/paths.ts";
import { runningNetwork } from "../local/supervisor/run-file.ts";
import { getJson } from "../system/http-json.ts";

/** A miner of the network that runs in this clone. */
export type LocalMiner = {
  readonly url: string;
  /** The compiled definition that it runs. */
  readonly subnetDefinition: string;
};

const STATUS_DEADLINE_MS = 3_000;

const ownConfig = z.object({ port: z.int(), subnetDefinition: z.string() });
const table = z.object({ neurons: z.array(z.object({ uid: z.int(), process: z.string().optional() })) });

/**
 * The miner that is meant: of a uid, of an address, or the first. Undefined when no network runs here, or the address is none of its miners'. Throws
 * E_NOT_RUNNING for a uid without a network, E_USAGE for one that no running miner has.
 */
export async function findLocalMiner(
  { uid, url }: { readonly uid: string | undefined; readonly url: string | undefined },
  paths: Pick<LocalPaths, "runFile" | "config">,
): Promise<LocalMiner | undefined> {
  const running = runningNetwork(paths.runFile);
  if (running === undefined) {
    if (uid !== undefined) throw appError("E_NOT_RUNNING");
    return undefined;
  }
  const names = running.processes.map(({ name }) => name).filter((name) => /^miner-\d+$/.test(name));
  if (uid !== undefined) return readLocal(await processOf(uid, running.portBase, names), paths);
  const miners = names.map((name) => readLocal(name, paths));
  return url === undefined
    ? miners[0]
    : miners.find((miner) => miner?.url === url.replace("//localhost:", "//127.0.0.1:"));
}

/** What the network told the miner in its configuration; undefined for a file that another run has replaced. */
function readLocal(name: string, { config }: Pick<LocalPaths, "config">): LocalMiner | undefined {
  try {
    const text = readFileSync(path.join(config, `${name}.json`), "utf8");
    const { port, subnetDefinition } = ownConfig.parse(JSON.parse(text));
    return { url: `http://127.0.0.1:${port}`, subnetDefinition };
  } catch {
    return undefined;
  }
}

async function processOf(text: string, portBase: number, names: readonly string[]): Promise<string> {
  const state = table.safeParse(await getJson(`http://127.0.0.1:${portBase + 100}/status`, STATUS_DEADLINE_MS));
  if (!state.success) throw appError("E_TIMEOUT", { name: "The network's status page", timeoutMs: STATUS_DEADLINE_MS });
  const miners = state.data.neurons.filter(({ process = "" }) => names.includes(process));
  const found = miners.find(({ uid }) => String(uid) === text);
  if (found?.process !== undefined) return found.process;
  const uids = miners.map(({ uid }) => uid).join(", ");
  throw usage(`--local wants the uid of a miner that runs here (${uids || "none yet"}), not ${quoted(text)}`);
}
