import { stripVTControlCharacters } from "node:util";

/** Fields that are no news to a person in front of a process, or have a place of their own in the line. */
const placed = new Set(["level", "time", "pid", "hostname", "name", "process", "msg", "err", "remedy", "config"]);

/** A longer value is cut: the JSON lines have it whole. */
const longestValue = 160;

const indent = " ".repeat(10);

/**
 * A line of the log for a person at a terminal: `17:01:23  warn  <message>  <field> <value> ...`, what an error says below it, and what to do about it on
 * a line of its own. Text that is no line of ours comes back as it is, without what a terminal would obey. `clock: false` leaves the time out.
 */
export function readableLine(line: string, { clock = true }: { readonly clock?: boolean } = {}): string {
  const entry = parsedEntry(line);
  if (entry === undefined) return harmless(line);
  const { time, level, msg, err } = entry;
  const fields = Object.entries(entry).filter(([name]) => !placed.has(name));
  const first = [
    ...(clock ? [timeOfDay(time)] : []),
    ...(level === "info" ? [] : [text(level)]),
    text(msg),
    ...fields.map(([name, value]) => `${name} ${text(value)}`),
  ].join("  ");
  return [first, ...errorLines(err), ...remedyLine(entry["remedy"])].join("\n");
}

/** The same in one line of at most 200 characters, for a list of them. */
export function readableInOneLine(line: string): string {
  return readableLine(line)
    .replaceAll(/\s*\n\s*/g, "  ")
    .slice(0, 200);
}

/** The fields of a line of the log, or undefined for text that is none. */
export function parsedEntry(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

/** By the clock on the wall, as everything else that is shown at a terminal; the JSON lines have UTC. */
function timeOfDay(time: unknown): string {
  const at = new Date(typeof time === "string" ? time : Number.NaN);
  return Number.isNaN(at.getTime()) ? "" : at.toTimeString().slice(0, 8);
}

function errorLines(err: unknown): string[] {
  if (typeof err !== "object" || err === null) return err === undefined ? [] : [indent + text(err)];
  const { code, type, message, remedy, stack } = err as Readonly<Record<string, unknown>>;
  return [
    `${indent}${text(code ?? type ?? "error")}  ${harmless(String(message))}`,
    ...remedyLine(remedy),
    ...(typeof stack === "string" ? placesOf(stack) : []),
  ];
}

function placesOf(stack: string): string[] {
  const [, ...places] = stack.split("\n");
  return places.map((at) => indent + harmless(at.trim()));
}

function remedyLine(remedy: unknown): string[] {
  return typeof remedy === "string" ? [`${indent}remedy  ${harmless(remedy)}`] : [];
}

function text(value: unknown): string {
  const whole = harmless(typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
  return whole.length > longestValue ? `${whole.slice(0, longestValue)}...` : whole;
}

/** JSON keeps what a terminal would obey as escapes; printed, it must not come back to life. */
function harmless(said: string): string {
  return stripVTControlCharacters(said).replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, " ");
}
