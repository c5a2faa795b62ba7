import { readdirSync } from "node:fs";
import path from "node:path";
import { appError } from "@subnetkit/shared/errors/app-error";
import { delay } from "@subnetkit/shared/util/delay";
import { cloneRoot } from "../system/clone-root.ts";
import { getJson } from "../system/http-json.ts";
import { isRunning } from "../system/process-facts.ts";
import { lastLines } from "../system/tail.ts";
import { packageVersion } from "../system/version.ts";
import type { NetworkState } from "./observe/network-state.ts";
import { type LocalPaths, localPaths } from "./paths.ts";
import { type RunRecord, runningNetwork } from "./supervisor/run-file.ts";
import { buildFrame } from "./view/frame.ts";
import { followLog } from "./view/follow-log.ts";

const STATUS_DEADLINE_MS = 3000;
const STOP_DEADLINE_MS = 12_000;

type Where = { readonly stateDir?: string; readonly json?: boolean };

function pathsOf({ stateDir }: Where): LocalPaths {
  return localPaths(cloneRoot(), stateDir === undefined ? undefined : path.resolve(stateDir));
}

function requireRunning(paths: LocalPaths): RunRecord {
  const record = runningNetwork(paths.runFile);
  if (record === undefined) throw appError("E_NOT_RUNNING");
  return record;
}

/** Prints the running network's table, or its whole state as JSON. Throws E_NOT_RUNNING, E_TIMEOUT. */
export async function printStatus(where: Where): Promise<void> {
  const paths = pathsOf(where);
  const record = requireRunning(paths);
  const state = (await getJson(`http://127.0.0.1:${record.portBase + 100}/status`, STATUS_DEADLINE_MS)) as
    | NetworkState
    | undefined;
  if (state === undefined) {
    const name = record.ready ? "The supervisor's status page" : "The network, which is still starting,";
    throw appError("E_TIMEOUT", { name, timeoutMs: STATUS_DEADLINE_MS });
  }
  if (where.json) {
    process.stdout.write(`${JSON.stringify({ pid: record.pid, startedAt: record.startedAt, ...state })}\n`);
    return;
  }
  const lines = buildFrame(state, {
    columns: Math.max(100, process.stdout.columns || 100),
    rows: 1000,
    sortByScore: false,
    wide: false,
    keys: false,
    notice: undefined,
    version: packageVersion(paths.root),
    now: Date.now(),
  });
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Ends the running network as Ctrl-C would, and waits until it is gone. Throws E_NOT_RUNNING, E_TIMEOUT. */
export async function stopNetwork(where: Where): Promise<void> {
  const record = requireRunning(pathsOf(where));
  const startedAt = Date.now();
  process.kill(record.pid, "SIGTERM");
  while (isRunning(record)) {
    if (Date.now() - startedAt > STOP_DEADLINE_MS)
      throw appError("E_TIMEOUT", { name: "Stopping", timeoutMs: STOP_DEADLINE_MS });
    await delay(50);
  }
  const seconds = (Date.now() - startedAt) / 1000;
  process.stdout.write(
    where.json
      ? `${JSON.stringify({ stopped: record.pid, seconds })}\n`
      : `stopped pid ${record.pid} in ${seconds.toFixed(1)} s\n`,
  );
}

/** Prints the running network's addresses. Throws E_NOT_RUNNING. */
export function printEnvironment(where: Where): void {
  const { urls } = requireRunning(pathsOf(where));
  const variables = Object.fromEntries(Object.entries(urls).map(([name, url]) => [`${name.toUpperCase()}_URL`, url]));
  const lines = Object.entries(variables).map(([name, url]) => `${name}=${url}\n`);
  process.stdout.write(where.json ? `${JSON.stringify(variables)}\n` : lines.join(""));
}

/** Prints the end of one log, or of all with the process's name before each line; goes on with `follow`. Throws E_USAGE for an unknown name. */
export function printLogs(
  name: string | undefined,
  options: Where & { readonly lines: string; readonly follow?: boolean },
): void {
  const { logs } = pathsOf(options);
  const known = listLogs(logs);
  if (name !== undefined && !known.includes(name)) {
    throw appError("E_USAGE", {
      problem: `there is no log of ${JSON.stringify(name)}; there is: ${known.join(", ") || "none yet"}`,
    });
  }
  const count = Number(options.lines);
  if (!Number.isInteger(count) || count < 0)
    throw appError("E_USAGE", { problem: `--lines wants a whole number, not ${options.lines}` });
  for (const entry of name === undefined ? known : [name]) {
    const prefix = name === undefined ? `${entry.padEnd(12)} ` : "";
    const file = path.join(logs, `${entry}.log`);
    for (const line of lastLines(file, count)) process.stdout.write(`${prefix}${line}\n`);
    if (options.follow) followLog(file, (line) => void process.stdout.write(`${prefix}${line}\n`));
  }
}

function listLogs(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => /^[a-z]+(-\d+)?\.log$/.test(file))
      .map((file) => file.slice(0, -4));
  } catch {
    return [];
  }
}
