import type { DestinationStream } from "pino";

/** Fields of every log line that are no news to a person in front of it. */
const FRAME = new Set(["level", "time", "pid", "hostname", "name", "msg", "block"]);

/** A destination for the chain's log that writes each entry as a line for people: `warn  a client stopped reading  port 1`. */
export function logLines(write: (line: string) => void): DestinationStream {
  return {
    write(text) {
      for (const line of text.split("\n")) if (line !== "") write(lineOf(line));
    },
  };
}

function lineOf(text: string): string {
  const entry = parsed(text);
  if (entry === undefined) return text;
  const level = entry["level"] === "info" ? "" : `${String(entry["level"])}  `;
  if (entry["msg"] === "rpc") return `rpc  ${String(entry["calls"])}`;
  const fields = Object.entries(entry).filter(([name]) => !FRAME.has(name));
  const rest = fields.map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`);
  return [`${level}${String(entry["msg"])}`, ...rest].join("  ");
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
