import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";

/** What a process told its supervisor. */
export type ChildEvent = { readonly type: string; readonly [field: string]: unknown };

/** How a process ended: code, or the signal that ended it. */
export type ChildExit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A process from dist/, as the supervisor of the local network starts it. */
export type Child = {
  readonly name: string;
  readonly pid: number;
  readonly events: readonly ChildEvent[];
  readonly exited: Promise<ChildExit>;
  readonly alive: () => boolean;
  /** Resolves with its `process.ready`; rejects when it ends before, or after the deadline. */
  ready(deadlineMs?: number): Promise<ChildEvent>;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL for one that does not end. */
  stop(): Promise<void>;
};

export type ChildOptions = {
  readonly name: string;
  /** The bundle. */
  readonly script: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Folder of its configuration and log. */
  readonly folder: string;
  /** Arguments of Node itself. */
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

/** Milliseconds that a clean end may take. */
const stopMs = 8_000;

/** Starts one. It ends with this process, for its lifeline is ours. */
export function startChild({ name, script, config, folder, nodeArgs = [], env = {} }: ChildOptions): Child {
  const file = path.join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  const log = openSync(path.join(folder, `${name}.log`), "a");
  const child: ChildProcess = spawn(process.execPath, [...nodeArgs, script, "--config", file], {
    env: { ...process.env, ...env, SUBNETKIT_LIFELINE: "1", SUBNETKIT_EVENTS_FD: "3" },
    stdio: ["pipe", log, log, "pipe"],
  });
  closeSync(log);
  child.stdin?.on("error", () => undefined);
  const events: ChildEvent[] = [];
  const wakers = new Set<() => void>();
  let rest = "";
  (child.stdio[3] as Readable).setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) events.push(JSON.parse(line) as ChildEvent);
    for (const wake of wakers) wake();
  });
  let ended = false;
  const exited = new Promise<ChildExit>((resolve) => {
    child.once("exit", (code, signal) => {
      ended = true;
      resolve({ code, signal });
      for (const wake of wakers) wake();
    });
  });
  return {
    name,
    pid: child.pid ?? 0,
    events,
    exited,
    alive: () => !ended,
    ready: (deadlineMs = 30_000) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const event = events.find(({ type }) => type === "process.ready");
          if (event !== undefined) settle(() => resolve(event));
          else if (ended) settle(() => reject(new Error(`${name} ended before it was ready: see ${folder}`)));
        };
        const timer = setTimeout(
          () => settle(() => reject(new Error(`${name} was not ready: see ${folder}`))),
          deadlineMs,
        );
        const settle = (finish: () => void): void => {
          clearTimeout(timer);
          wakers.delete(look);
          finish();
        };
        wakers.add(look);
        look();
      }),
    signal: (signal) => void child.kill(signal),
    async stop() {
      if (ended) return;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
      await exited;
      clearTimeout(timer);
    },
  };
}
