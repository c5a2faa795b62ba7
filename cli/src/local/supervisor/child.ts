import { type ChildProcess, spawn } from "node:child_process";
import { closeSync } from "node:fs";
import type { Readable } from "node:stream";
import { type ProcessIdentity, processIdentity } from "../../system/process-facts.ts";

/** What to run. Secrets belong in the file that `args` names, never in `args` itself. */
export type ChildCommand = {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
};

/** How a child ended: an exit code, or the signal that ended it. */
export type ChildExit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A line a child wrote to fd 3. */
export type ChildEvent = { readonly type: string; readonly [field: string]: unknown };

/** One running child, in a process group of its own, with its lifeline open. */
export type Child = {
  readonly identity: ProcessIdentity;
  readonly startedAt: number;
  readonly exited: Promise<ChildExit>;
  /** Sends a signal to the whole group; does nothing when it is gone. */
  signalGroup(signal: NodeJS.Signals): void;
};

const MAX_EVENT_LINE = 64 * 1024;

/**
 * Starts a child: stdin is the lifeline (it ends when this process does, however that happens), stdout and stderr go to the log, fd 3
 * carries events. Detached, so a Ctrl-C of the terminal reaches only the parent, which decides.
 */
export function startChild(command: ChildCommand, logFd: number, onEvent: (event: ChildEvent) => void): Child {
  let process_: ChildProcess;
  try {
    process_ = spawn(command.command, command.args, {
      cwd: command.cwd,
      env: { ...command.env, SUBNETKIT_LIFELINE: "1", SUBNETKIT_EVENTS_FD: "3" },
      detached: true,
      stdio: ["pipe", logFd, logFd, "pipe"],
    });
  } finally {
    closeSync(logFd);
  }
  const { pid } = process_;
  const exited = new Promise<ChildExit>((resolve) => {
    process_.once("error", () => resolve({ code: 127, signal: null }));
    process_.once("exit", (code, signal) => resolve({ code, signal }));
  });
  process_.stdin?.on("error", ignore);
  const events = process_.stdio[3] as Readable | null | undefined;
  if (events) readEvents(events, onEvent);
  return {
    // A command that cannot be started has no pid: it counts as an exit with 127, as a shell would say.
    identity: pid === undefined ? { pid: 0, startedTicks: "" } : processIdentity(pid),
    startedAt: Date.now(),
    exited,
    signalGroup(signal) {
      if (pid === undefined) return;
      try {
        process.kill(-pid, signal);
      } catch {
        ignore();
      }
    },
  };
}

function readEvents(stream: Readable, onEvent: (event: ChildEvent) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("error", ignore);
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = (lines.pop() ?? "").slice(0, MAX_EVENT_LINE);
    for (const line of lines) {
      const event = parseEvent(line);
      if (event !== undefined) onEvent(event);
    }
  });
}

function parseEvent(line: string): ChildEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || !("type" in value) || typeof value.type !== "string")
      return undefined;
    return value as ChildEvent;
  } catch {
    return undefined;
  }
}

function ignore(): void {}
