import { existsSync, readFileSync } from "node:fs";
import { until as poll } from "./until.ts";

/** State letter of a process from /proc, or undefined when there is none. */
export function processState(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2, text.lastIndexOf(")") + 3);
  } catch {
    return undefined;
  }
}

/** True when a process has ended. One that nobody reaped yet (a zombie, where PID 1 does not reap) has ended too. */
export function isGone(pid: number): boolean {
  const state = processState(pid);
  return state === undefined || state === "Z" || state === "X";
}

/** Waits until a condition holds; throws, naming it, after the deadline. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 15_000,
): Promise<void> {
  await poll(what, condition, deadlineMs);
}

/** Waits until a file is there, and returns its text. */
export async function textOf(file: string, deadlineMs?: number): Promise<string> {
  await until(`${file} exists`, () => existsSync(file) && readFileSync(file, "utf8") !== "", deadlineMs);
  return readFileSync(file, "utf8");
}
