import { closeSync, openSync, readSync, statSync } from "node:fs";
import { complaintOf } from "./log-story.ts";

const LOOK_MS = 1_000;
const MAX_BYTES = 64 * 1024;
/** The same complaint of the same process is passed on this often at most. */
const REPEAT_MS = 60_000;
const MAX_KEPT = 200;
/** Said by an event of its own, said again with its reason, or of no use while the first rounds are scored. */
const LEFT_OUT =
  /^(the process cannot go on|weights were not accepted|a solver gave no usable answer|these weights cost validator trust)/;

/** A process by name, with the log it writes. */
export type Complainer = { readonly name: string; readonly logFile: string };

/**
 * Reads along in the logs of this run's processes and calls back for what they complain about: the same words of the same process once a minute. What
 * stands in a log that nobody opens helps nobody. Returns the stop function, which looks once more.
 */
export function watchComplaints(
  processes: () => readonly Complainer[],
  onComplaint: (process: string, text: string) => void,
): () => void {
  const positions = new Map<string, number>();
  const told = new Map<string, number>();

  const isNews = (key: string, now: number): boolean => {
    if (now - (told.get(key) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) return false;
    if (told.size >= MAX_KEPT) told.clear();
    told.set(key, now);
    return true;
  };

  const look = (): void => {
    const now = Date.now();
    for (const { name, logFile } of processes()) {
      for (const line of linesAfter(logFile, positions)) {
        const text = complaintOf(line);
        if (text !== undefined && !LEFT_OUT.test(text) && isNews(`${name} ${text}`, now)) onComplaint(name, text);
      }
    }
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    look();
  };
}

/** The whole lines that were added to a file since the last look, at most 64 KiB of them: the newest. A file that is shorter than before begins anew. */
function linesAfter(file: string, positions: Map<string, number>): readonly string[] {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const seen = positions.get(file) ?? 0;
  if (size === seen) return [];
  const fd = openSync(file, "r");
  try {
    const from = Math.max(size < seen ? 0 : seen, size - MAX_BYTES);
    const buffer = Buffer.alloc(size - from);
    readSync(fd, buffer, 0, buffer.length, from);
    const end = buffer.lastIndexOf(0x0a) + 1;
    positions.set(file, from + end);
    return buffer.subarray(0, end).toString("utf8").split("\n");
  } finally {
    closeSync(fd);
  }
}
