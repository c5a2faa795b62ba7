import { lastLines } from "../../system/tail.ts";

const BAD_LEVELS = new Set(["error", "fatal", "warn"]);

/** The last thing a log complains about, for one line on the screen; empty when it holds nothing. At most 160 characters. */
export function lastComplaint(file: string): string {
  const lines = lastLines(file, 40);
  const complaints = lines.map(complaintOf).filter((text) => text !== undefined);
  return (complaints.at(-1) ?? plainError(lines) ?? "").slice(0, 160);
}

/** The last lines of a log, JSON ones reduced to time, level and message: what a person reads when a step fails. */
export function readableTail(file: string, count = 20): string[] {
  return lastLines(file, count).map(readableLine);
}

/** A line of a log as a person reads it: a JSON one as time, level and message. At most 200 characters. */
export function readableLine(line: string): string {
  const entry = parse(line);
  if (entry === undefined) return line.slice(0, 200);
  const time = typeof entry["time"] === "string" ? entry["time"].slice(11, 19) : "";
  return `${time} ${String(entry["level"] ?? "")} ${messageOf(entry)}`.trim().slice(0, 200);
}

/**
 * What a line of a log complains about, or undefined when it does not: the message of a warning or an error with the reason it gives, and what a
 * process says only in detail (a `problem` at debug).
 */
export function complaintOf(line: string): string | undefined {
  const entry = parse(line);
  if (entry === undefined) return undefined;
  const detailed = entry["level"] === "debug" && typeof entry["problem"] === "string";
  if (!detailed && !BAD_LEVELS.has(String(entry["level"]))) return undefined;
  return messageOf(entry);
}

function plainError(lines: readonly string[]): string | undefined {
  return lines.findLast((line) => /^\S*Error\b|\bERR\b|^\s*error\b/i.test(line) && parse(line) === undefined);
}

function messageOf(entry: Record<string, unknown>): string {
  const error = entry["err"];
  const thrown = typeof error === "object" && error !== null && "message" in error ? error.message : undefined;
  const detail = thrown ?? entry["reason"] ?? entry["problem"];
  const where = ["code", "task", "uid"].flatMap((key) => (isShort(entry[key]) ? [`${key} ${entry[key]}`] : []));
  const place = where.length === 0 ? "" : ` (${where.join(", ")})`;
  return `${String(entry["msg"] ?? "")}${isShort(detail) ? `: ${detail}` : ""}${place}`;
}

function isShort(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
