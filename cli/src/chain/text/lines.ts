import { foreignText, grouped } from "../../local/view/format.ts";

/** Longest value shown on a line. */
const MAX_CELLS = 4_000;

/** `label   value` lines with the values under each other; those without a value are left out. */
export function pairLines(pairs: readonly (readonly [string, string | undefined])[]): string[] {
  const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
  const width = Math.max(0, ...shown.map(([label]) => label.length));
  return shown.map(([label, text]) => `${label.padEnd(width)}  ${text}`);
}

/** `block 1,044  0x12..`. */
export function blockText(block: number, hash: string): string {
  return `block ${grouped(block)}  ${hash}`;
}

/** `2026-11-22 07:40:00 UTC`. */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** A value of an answer on one line: text as it is (made harmless), everything else as JSON. */
export function valueText(value: unknown): string {
  return foreignText(typeof value === "string" ? value : (JSON.stringify(value) ?? "none"), MAX_CELLS);
}
