import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** What tells one process from a later one with the same pid. */
export type ProcessIdentity = { readonly pid: number; readonly startedTicks: string };

type ProcStat = { readonly state: string; readonly startedTicks: string };

/** State letter and start time (field 22, in clock ticks since boot) from /proc; undefined when there is no such process or no /proc. */
export function readProcStat(pid: number): ProcStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command name is in brackets and may itself hold spaces and brackets: fields are counted from the last one.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "?", startedTicks: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

/** The identity of a running process; start time is empty where it cannot be known. */
export function processIdentity(pid: number): ProcessIdentity {
  return { pid, startedTicks: readProcStat(pid)?.startedTicks ?? startOfPs(pid) };
}

/** True when that very process still runs. A zombie (ended, not yet reaped) counts as gone, and so does another process with its pid. */
export function isRunning({ pid, startedTicks }: ProcessIdentity): boolean {
  const stat = readProcStat(pid);
  if (stat !== undefined)
    return stat.state !== "Z" && stat.state !== "X" && (startedTicks === "" || stat.startedTicks === startedTicks);
  if (process.platform === "linux") return false;
  try {
    process.kill(pid, 0);
    return startedTicks === "" || startOfPs(pid) === startedTicks;
  } catch {
    return false;
  }
}

function startOfPs(pid: number): string {
  if (process.platform === "linux" || process.platform === "win32") return "";
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", timeout: 2000 }).trim();
  } catch {
    return "";
  }
}
