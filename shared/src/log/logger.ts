import { isatty } from "node:tty";
import { type DestinationStream, pino } from "pino";
import { jsonLogRequested } from "../config/process-env.ts";
import { isAppError } from "../errors/app-error.ts";
import { readableLine } from "./readable.ts";

/** The project's logger: pino, JSON lines, constant messages with data as fields, level by consequence (`error` = a human must act). */
export type Logger = pino.Logger;

/** Field names whose value never reaches a log, at the top level and up to two levels down. */
export const redactedFields = [
  "secret",
  "seed",
  "mnemonic",
  "password",
  "uri",
  "secretSeed",
  "secretPhrase",
  "privateKey",
] as const;

const redactedPaths = redactedFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);

export type LoggerOptions = {
  /** The process or part: `miner`, `validator`, `chain`. */
  readonly name: string;
  /** pino level, default `info`. */
  readonly level?: string;
  /** Where lines go, default stdout, for people where that is a terminal. */
  readonly destination?: DestinationStream;
};

/**
 * Makes a logger. Lines go out synchronously (stdout of a child is a file), so that the last line before a crash is on disk.
 * An AppError given as `err` is written as its code, message and data, without a stack.
 */
export function createLogger({ name, level = "info", destination }: LoggerOptions): Logger {
  return pino(
    {
      name,
      level,
      redact: { paths: redactedPaths, censor: "[redacted]" },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError },
    },
    destination ?? stdout(),
  );
}

function stdout(): DestinationStream {
  const out = pino.destination({ dest: 1, sync: true });
  if (!isatty(1) || jsonLogRequested()) return out;
  return { write: (line) => out.write(`${readableLine(line)}\n`) };
}

function serializeError(error: unknown): unknown {
  if (isAppError(error)) return error.toJSON();
  return error instanceof Error ? pino.stdSerializers.err(error) : error;
}
