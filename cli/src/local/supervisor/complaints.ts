import { createLineReader } from "../../system/line-reader.ts";
import { complaintOf } from "./log-story.ts";

const LOOK_MS = 1_000;
/** The same complaint of the same process is passed on this often at most. */
const REPEAT_MS = 60_000;
const MAX_KEPT = 200;
/** Said by an event of its own, said again with its reason, or of no use while the first rounds are scored. */
const LEFT_OUT =
  /^(the process cannot go on|weights were not accepted|a solver gave no usable answer|the subnet's scorer failed|these weights cost validator trust)/;

/** A process by name, with the log it writes. */
export type Complainer = { readonly name: string; readonly logFile: string };

/**
 * Reads along in the logs of this run's processes and calls back for what they complain about: the same words of the same process, whatever the numbers in
 * them, once a minute. What stands in a log that nobody opens helps nobody. Returns the stop function, which looks once more.
 */
export function watchComplaints(
  processes: () => readonly Complainer[],
  onComplaint: (process: string, text: string) => void,
): () => void {
  const readers = new Map<string, ReturnType<typeof createLineReader>>();
  const told = new Map<string, number>();

  const isNews = (name: string, text: string, now: number): boolean => {
    // Words with another number in them are the same words; a place in a file is not another number.
    const key = `${name} ${text.replaceAll(/(?<![:\d])\d+/g, "#")}`;
    if (now - (told.get(key) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) return false;
    if (told.size >= MAX_KEPT) told.clear();
    told.set(key, now);
    return true;
  };

  const look = (): void => {
    const now = Date.now();
    for (const { name, logFile } of processes()) {
      const added = readers.get(logFile) ?? createLineReader(logFile);
      readers.set(logFile, added);
      for (const line of added()) {
        const text = complaintOf(line);
        if (text !== undefined && !LEFT_OUT.test(text) && isNews(name, text, now)) onComplaint(name, text);
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
