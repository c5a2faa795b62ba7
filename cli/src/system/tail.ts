import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const READ_BYTES = 32_768;

/** The last lines of a file, oldest first; reads at most 32 KB from its end. Empty when there is no such file. */
export function lastLines(file: string, count: number): string[] {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch {
    return [];
  }
  try {
    const { size } = fstatSync(fd);
    const length = Math.min(size, READ_BYTES);
    const buffer = Buffer.alloc(length);
    readSync(fd, buffer, 0, length, size - length);
    return buffer
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "")
      .slice(-count);
  } finally {
    closeSync(fd);
  }
}
