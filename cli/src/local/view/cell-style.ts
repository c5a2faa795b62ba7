import { styleText } from "node:util";
import type { NeuronState } from "../events.ts";
import type { NeuronView } from "../observe/network-state.ts";
import type { Column } from "./columns.ts";

const BOLD_MS = 1000;

const colours: Partial<Record<NeuronState, "green" | "yellow" | "red" | "dim">> = {
  ok: "green",
  slow: "yellow",
  late: "yellow",
  restart: "yellow",
  wrong: "red",
  "no-reply": "red",
  "gave-up": "red",
  paused: "dim",
  drained: "dim",
  out: "dim",
};

/** Decides how a cell looks: the state word has its colour, and a cell that changed is bold for a second. Remembers what it saw. */
export function createCellStyle(
  stream: NodeJS.WriteStream,
  now: () => number = Date.now,
): (padded: string, column: Column, row: NeuronView) => string {
  const seen = new Map<string, { text: string; changedAt: number }>();
  return (padded, column, row) => {
    const key = `${row.hotkey} ${column.title}`;
    const before = seen.get(key);
    const changed = before !== undefined && before.text !== padded;
    if (before === undefined || changed) seen.set(key, { text: padded, changedAt: before === undefined ? 0 : now() });
    const recent = now() - (seen.get(key)?.changedAt ?? 0) < BOLD_MS;
    if (column.title === "STATE") {
      const colour = colours[row.state];
      return colour === undefined ? padded : styleText(colour, padded, { stream });
    }
    return recent ? styleText("bold", padded, { stream }) : padded;
  };
}
