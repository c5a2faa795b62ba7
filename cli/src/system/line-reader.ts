import { closeSync, openSync, readSync, statSync } from "node:fs";

const MAX_BYTES = 64 * 1024;

/**
 * Reads along in a file that grows: each call gives the whole lines that were added since the last one, at most 64 KiB of them, the newest. A file that is
 * shorter than before begins anew; one that cannot be read has no lines. `fromEnd` leaves out what is there already.
 */
export function createLineReader(file: string, { fromEnd = false } = {}): () => readonly string[] {
  let seen = fromEnd ? sizeOf(file) : 0;
  // What was left out ended within a line, whose rest is none.
  let isCut = false;
  return () => {
    const size = sizeOf(file);
    if (size === seen) return [];
    if (size < seen) [seen, isCut] = [0, false];
    const from = Math.max(seen, size - MAX_BYTES);
    isCut ||= from > seen;
    const buffer = bytesOf(file, from, size - from);
    const end = buffer.lastIndexOf(0x0a) + 1;
    seen = from + end;
    if (end === 0) return [];
    const begin = isCut ? buffer.indexOf(0x0a) + 1 : 0;
    isCut = false;
    return buffer
      .subarray(begin, end)
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "");
  };
}

function bytesOf(file: string, from: number, length: number): Buffer {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch {
    return Buffer.alloc(0);
  }
  try {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(fd, buffer, 0, length, from));
  } finally {
    closeSync(fd);
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
