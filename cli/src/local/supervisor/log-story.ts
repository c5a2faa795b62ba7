import { parsedEntry, readableInOneLine } from "@subnetkit/shared/log/readable";
import path from "node:path";
import { lastLines } from "../../system/tail.ts";

const BAD_LEVELS = new Set(["error", "fatal", "warn"]);

/** The last thing a log complains about, for one line on the screen; empty when it holds nothing. At most 160 characters. */
export function lastComplaint(file: string): string {
  const lines = lastLines(file, 40);
  const complaints = lines.map(complaintOf).filter((text) => text !== undefined);
  return (complaints.at(-1) ?? plainError(lines) ?? "").slice(0, 160);
}

/** The last lines of a log, each as a person reads it: for when a step fails. */
export function readableTail(file: string, count = 20): string[] {
  return lastLines(file, count).map(readableInOneLine);
}

/**
 * What a line of a log complains about, or undefined when it does not: the message of a warning or an error with the reason it gives, and what a
 * process says only in detail (a `problem` at debug).
 */
export function complaintOf(line: string): string | undefined {
  const entry = parsedEntry(line);
  if (entry === undefined) return undefined;
  const detailed = entry["level"] === "debug" && typeof entry["problem"] === "string";
  if (!detailed && !BAD_LEVELS.has(String(entry["level"]))) return undefined;
  return messageOf(entry);
}

function plainError(lines: readonly string[]): string | undefined {
  return lines.findLast((line) => /^\S*Error\b|\bERR\b|^\s*error\b/i.test(line) && parsedEntry(line) === undefined);
}

function messageOf(entry: Readonly<Record<string, unknown>>): string {
  const error = entry["err"];
  const thrown = typeof error === "object" && error !== null && "message" in error ? error.message : undefined;
  const detail = thrown ?? entry["reason"] ?? entry["problem"];
  const where = ["code", "task", "uid"].flatMap((key) => (isShort(entry[key]) ? [`${key} ${entry[key]}`] : []));
  if (typeof entry["at"] === "string") where.push(`at ${path.basename(entry["at"])}`);
  const place = where.length === 0 ? "" : ` (${where.join(", ")})`;
  return `${String(entry["msg"] ?? "")}${isShort(detail) ? `: ${detail}` : ""}${place}`;
}

function isShort(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}
