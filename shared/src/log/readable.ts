import { stripVTControlCharacters } from "node:util";

/** Fields that are no news to a person in front of a process, or have a place of their own in the line. */
const placed = new Set(["level", "time", "pid", "hostname", "name", "process", "msg", "err", "remedy", "config"]);

/** A longer value is cut: the JSON lines have it whole. */
const longestValue = 160;

const indent = " ".repeat(10);

/**
 * A line of the log for a person at a terminal: `17:01:23  warn  <message>  <field> <value> ...`, what an error says below it, and what to do about it on
 * a line of its own. Text that is no line of ours comes back as it is, without what a terminal would obey.
 */
export function readableLine(line: string): string {
  const entry = parsed(line);
  if (entry === undefined) return harmless(line);
  const { time, level, msg, err } = entry;
  const clock = typeof time === "string" ? time.slice(11, 19) : "";
  const said = level === "info" ? "" : `${text(level)}  `;
  const fields = Object.entries(entry).filter(([name]) => !placed.has(name));
  const first = [`${clock}  ${said}${text(msg)}`, ...fields.map(([name, value]) => `${name} ${text(value)}`)].join(
    "  ",
  );
  return [first, ...errorLines(err), ...remedyLine(entry["remedy"])].join("\n");
}

function errorLines(err: unknown): string[] {
  if (typeof err !== "object" || err === null) return err === undefined ? [] : [indent + text(err)];
  const { code, type, message, remedy, stack } = err as Readonly<Record<string, unknown>>;
  return [
    `${indent}${text(code ?? type ?? "error")}  ${harmless(String(message))}`,
    ...remedyLine(remedy),
    ...(typeof stack === "string"
      ? stack
          .split("\n")
          .slice(1)
          .map((at) => indent + harmless(at.trim()))
      : []),
  ];
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

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
