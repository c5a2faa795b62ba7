import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";

/** Who listens on a port. `startedAt` is local time, hours and minutes. */
export type PortOwner = { readonly pid: number; readonly command: string; readonly startedAt: string };

const LISTEN = "0A";

/**
 * The process that holds a TCP port, found through /proc: the listener, else whoever has a connection from it. Undefined when it belongs to
 * another user or there is no /proc.
 */
export function portOwner(port: number): PortOwner | undefined {
  const inodes = inodesOf(port);
  if (inodes.size === 0) return undefined;
  for (const pid of numericEntries("/proc")) {
    for (const fd of numericEntries(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(linkTarget(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode !== undefined && inodes.has(inode)) return { pid, command: commandLine(pid), startedAt: startOf(pid) };
    }
  }
  return undefined;
}

function inodesOf(port: number): Set<string> {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  const listening = new Set<string>();
  const others = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of readLines(table)) {
      const fields = line.trim().split(/\s+/);
      const inode = fields[9];
      // A connection that only waits for its end has no inode, and no owner any more.
      if (!fields[1]?.endsWith(`:${wanted}`) || inode === undefined || inode === "0") continue;
      (fields[3] === LISTEN ? listening : others).add(inode);
    }
  }
  return listening.size > 0 ? listening : others;
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\n").slice(1);
  } catch {
    return [];
  }
}

function numericEntries(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function linkTarget(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return "";
  }
}

function startOf(pid: number): string {
  try {
    return statSync(`/proc/${pid}`).ctime.toTimeString().slice(0, 5);
  } catch {
    return "?";
  }
}

/** The command line of a process, arguments joined by spaces, at most 200 characters; empty when it cannot be read. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim().slice(0, 200);
  } catch {
    return "";
  }
}
