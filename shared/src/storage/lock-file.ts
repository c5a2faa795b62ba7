import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { appError, type ErrorCode } from "../errors/app-error.ts";
import { isAlive } from "../util/isAlive.ts";

/**
 * Takes a directory for this process by a file with its pid. Throws an error of the code given, with directory and pid as its data, while another
 * living process has it; a dead one's file is taken over.
 */
export function takeLockFile(path: string, directory: string, errorCode: ErrorCode): void {
  if (existsSync(path)) {
    const pid = Number.parseInt(readFileSync(path, "utf8"), 10);
    if (pid !== process.pid && isAlive(pid)) throw appError(errorCode, { directory, pid });
  }
  writeFileSync(path, `${process.pid}\n`, { mode: 0o600 });
}
