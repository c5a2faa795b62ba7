import { readableInOneLine } from "@subnetkit/shared/log/readable";
import { createLineReader } from "../../system/line-reader.ts";
import { lastLines } from "../../system/tail.ts";
import { foreignText } from "./format.ts";

const LOOK_MS = 300;
const MAX_LINES = 20;
const FIRST_LINES = 10;

/** Calls back for the last ten lines of a log and for every line that is added, at most 20 a look, made readable and harmless. Returns the stop function. */
export function followLog(file: string, onLine: (line: string) => void): () => void {
  const added = createLineReader(file, { fromEnd: true });
  const tell = (lines: readonly string[]): void => {
    for (const line of lines) onLine(foreignText(readableInOneLine(line), 200));
  };
  tell(lastLines(file, FIRST_LINES));
  const timer = setInterval(() => tell(added().slice(-MAX_LINES)), LOOK_MS);
  return () => clearInterval(timer);
}
