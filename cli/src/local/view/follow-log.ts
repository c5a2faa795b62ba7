import { closeSync, openSync, readSync, statSync } from "node:fs";
import { lastLines } from "../../system/tail.ts";
import { readableLine } from "../supervisor/log-story.ts";
import { foreignText } from "./format.ts";

const LOOK_MS = 300;
const MAX_BYTES = 64 * 1024;
const MAX_LINES = 20;
const FIRST_LINES = 10;

/** Calls back for the last ten lines of a log and for every line that is added, at most 20 a look, made readable and harmless. Returns the stop function. */
export function followLog(file: string, onLine: (line: string) => void): () => void {
  let position = sizeOf(file);
  for (const line of lastLines(file, FIRST_LINES)) onLine(foreignText(readableLine(line), 200));
  const timer = setInterval(() => {
    const size = sizeOf(file);
    if (size < position) position = 0;
    if (size === position) return;
    const length = Math.min(size - position, MAX_BYTES);
    const buffer = Buffer.alloc(length);
    const fd = openSync(file, "r");
    try {
      readSync(fd, buffer, 0, length, size - length);
    } finally {
      closeSync(fd);
    }
    position = size;
    const lines = buffer
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "");
    for (const line of lines.slice(-MAX_LINES)) onLine(foreignText(readableLine(line), 200));
  }, LOOK_MS);
  return () => clearInterval(timer);
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
