import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { eventSchemas, type EventType, type LocalEvent } from "@subnetkit/cli/local/events";
import { z } from "zod";
import { isGone, until } from "./processes.ts";

export const root = path.resolve(import.meta.dirname, "..", "..");
const cli = path.join(root, "dist", "cli.js");

/** Builds dist/ when a source is newer: the end-to-end tests run the bundles, as a user does. */
export function ensureBuilt(): void {
  const { status, stderr } = spawnSync(process.execPath, [path.join(root, "scripts", "build.mjs"), "--if-stale"], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
}

/** A folder of its own for one network, inside the clone. */
export function temporaryFolder(): { path: string; remove(): void } {
  const base = path.join(root, ".subnetkit", "tmp");
  mkdirSync(base, { recursive: true });
  const folder = mkdtempSync(path.join(base, "e2e-"));
  return {
    path: folder,
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

const bases = new Set<number>();

/** A port base whose ports are free now, and which no other test of this process has been given. */
export async function freePortBase(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    // Below the range from which the system takes the ports of outgoing connections.
    const base = 11_000 + Math.floor(Math.random() * 27) * 780;
    if (bases.has(base)) continue;
    const offsets = [44, 90, 100, 101, 120, 121, 200, 205, 500, 505];
    const free = await Promise.all(offsets.map((offset) => isFree(base + offset)));
    if (!free.every(Boolean)) continue;
    bases.add(base);
    return base;
  }
  throw new Error("no free range of ports");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly ms: number };

/** One run of the command line, with what it printed so far. */
export type CliRun = {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The event lines of `--json` so far. */
  readonly events: () => LocalEvent[];
  readonly ended: Promise<Exit>;
  signal(signal: NodeJS.Signals): void;
  /** Waits for an event of a type; fails at once when the run ends without one. */
  event<T extends EventType>(type: T, deadlineMs?: number): Promise<Extract<LocalEvent, { type: T }>>;
  /** The pids of everything it started, from its own events. */
  childPids(): number[];
  /** Waits until no process it started is left. */
  allGone(deadlineMs?: number): Promise<void>;
};

/** Starts the bundled command line. stdin is closed, as in CI. */
export function startCli(args: readonly string[], options: { env?: NodeJS.ProcessEnv; cwd?: string } = {}): CliRun {
  const startedAt = Date.now();
  const child: ChildProcess = spawn(process.execPath, [cli, ...args], {
    cwd: options.cwd ?? root,
    env: { ...process.env, REDIS_URL: "", CI: "true", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  let exit: Exit | undefined;
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Exit>((resolve) => {
    child.on("close", (code, signal) => {
      exit = { code, signal, ms: Date.now() - startedAt };
      resolve(exit);
    });
  });
  const events = (): LocalEvent[] =>
    stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LocalEvent);
  const childPids = (): number[] => events().flatMap((event) => (event.type === "process.started" ? [event.pid] : []));
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    events,
    ended,
    signal: (signal) => void child.kill(signal),
    async event(type, deadlineMs = 60_000) {
      const find = () => events().find((event) => event.type === type);
      await until(`event ${type}`, () => find() !== undefined || exit !== undefined, deadlineMs).catch(
        (error: unknown) => {
          throw new Error(`${String(error)}\n${stdout.slice(-3000)}\n${stderr.slice(-3000)}`);
        },
      );
      const found = find();
      if (found === undefined) throw new Error(`ended with ${exit?.code} before ${type}:\n${stderr.slice(-3000)}`);
      return found as Extract<LocalEvent, { type: typeof type }>;
    },
    childPids,
    allGone: (deadlineMs = 5000) =>
      until(`all of ${childPids().join(", ")} are gone`, () => childPids().every(isGone), deadlineMs),
  };
}

/** Runs the command line to its end. */
export async function runCli(
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<Exit & { stdout: string; stderr: string }> {
  const run = startCli(args, options);
  const exit = await run.ended;
  return { ...exit, stdout: run.stdout(), stderr: run.stderr() };
}

/** Throws, naming the line, unless every event has the shape that is published for its type. */
export function checkShapes(events: readonly LocalEvent[]): void {
  for (const event of events) {
    const { v: _v, seq: _seq, at: _at, type, ...fields } = event;
    const parsed = eventSchemas[type].safeParse(fields);
    if (!parsed.success) throw new Error(`${JSON.stringify(event)}: ${z.prettifyError(parsed.error)}`);
  }
}
