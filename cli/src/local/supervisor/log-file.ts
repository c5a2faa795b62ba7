import { copyFileSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync, truncateSync } from "node:fs";
import path from "node:path";

const KEPT_RUNS = 3;
/** A log that outgrows this while the network runs is moved aside and cut: a child keeps its open file, in append mode. */
export const MAX_LOG_BYTES = 16 * 1024 * 1024;

/** Opens `<name>.log` for appending, after moving the logs of earlier runs to `.1.log`, `.2.log`, ... (three are kept). */
export function openRotatedLog(folder: string, name: string): { fd: number; file: string } {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}.log`);
  const older = (i: number): string => path.join(folder, `${name}.${i}.log`);
  if (existsSync(file) && statSync(file).size > 0) {
    rmSync(older(KEPT_RUNS), { force: true });
    for (let i = KEPT_RUNS - 1; i >= 1; i--) if (existsSync(older(i))) renameSync(older(i), older(i + 1));
    renameSync(file, older(1));
  }
  return { fd: openSync(file, "a"), file };
}

/** Opens the same log once more, without moving anything: a restart writes on. */
export function reopenLog(folder: string, name: string): { fd: number; file: string } {
  const file = path.join(folder, `${name}.log`);
  return { fd: openSync(file, "a"), file };
}

/** Cuts a log that grew beyond {@link MAX_LOG_BYTES}; what it held goes to `.1.log`. */
export function capLog(folder: string, name: string, maxBytes: number = MAX_LOG_BYTES): void {
  const file = path.join(folder, `${name}.log`);
  if (!existsSync(file) || statSync(file).size <= maxBytes) return;
  copyFileSync(file, path.join(folder, `${name}.1.log`));
  truncateSync(file, 0);
}
