/**
 * Storage entries in a file: gzip, JSON lines. The first line is a header with format and version, each further line is `["0xkey","0xvalue"]`, and the
 * last is `{"entries": n}`, without which the file is torn. Snapshots of networks and saved states share it. Written and read as a stream: memory does
 * not grow with the file.
 */
import { randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";

/** A storage entry: key and value as `0x` hex, lower case. */
export type Entry = readonly [key: `0x${string}`, value: `0x${string}`];

/** First line of a file. The fields beyond these two belong to the format. */
export interface EntriesHeader {
  readonly format: string;
  readonly version: number;
  readonly [field: string]: unknown;
}

/** What a file holds. The entries are read while they are walked; one that is no entry, or a torn end, throws E_STATE_FILE_INVALID there. */
export interface EntriesFile {
  readonly header: EntriesHeader;
  readonly entries: AsyncIterable<Entry>;
}

/** Largest line: a value of 16 MiB, far above what a runtime stores under one key. */
const MAX_LINE_CHARS = 32 * 1024 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b];

/** Writes a file and returns the number of entries. Mode 0600, complete or not there at all. Throws E_STATE_FILE_WRITE. */
export async function writeEntriesFile(
  path: string,
  header: EntriesHeader,
  entries: Iterable<Entry> | AsyncIterable<Entry>,
  signal?: AbortSignal,
): Promise<number> {
  const draft = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  const count = { entries: 0 };
  try {
    const options = signal === undefined ? {} : { signal };
    const out = createWriteStream(draft, { mode: 0o600, flags: "wx", flush: true });
    await pipeline(Readable.from(chunks(header, entries, count)), createGzip({ level: 6 }), out, options);
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true });
    if (isAppError(cause)) throw cause;
    if (signal?.aborted === true) throw appError("E_ABORTED", { name: "Writing a state file" }, { cause });
    throw appError("E_STATE_FILE_WRITE", { path, reason: errorMessage(cause) }, { cause });
  }
  return count.entries;
}

/** The same as bytes. For states that travel in a reply. */
export async function entriesBytes(header: EntriesHeader, entries: Iterable<Entry>): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  await pipeline(Readable.from(chunks(header, entries, { entries: 0 })), createGzip({ level: 6 }), async (out) => {
    for await (const part of out) parts.push(part as Buffer);
  });
  return new Uint8Array(Buffer.concat(parts));
}

/** Opens a file, or bytes, of one of the formats; `path` names it in errors. Throws E_STATE_FILE_INVALID for anything else. */
export async function readEntriesFile(
  path: string,
  formats: Readonly<Record<string, number>>,
  bytes?: Uint8Array,
): Promise<EntriesFile> {
  const source = bytes === undefined ? createReadStream(path) : Readable.from([Buffer.from(bytes)]);
  const gunzip = createGunzip();
  // Errors reach the reader through the pipe: destroying passes them on.
  source.on("error", (error: Error) => gunzip.destroy(error));
  const lines = linesOf(path, source.pipe(gunzip));
  const first = await lines.next();
  const header = first.done === true ? undefined : parsed(path, first.value, 1);
  if (!isHeader(header)) throw invalid(path, "its first line is no header");
  const version = Object.hasOwn(formats, header.format) ? formats[header.format] : undefined;
  if (version === undefined)
    throw invalid(path, `it is a "${header.format.slice(0, 60)}", not a "${Object.keys(formats).join('" or "')}"`);
  if (header.version !== version)
    throw appError("E_STATE_FILE_INVALID", {
      path,
      reason: `it has format version ${header.version}, this version of subnetkit reads ${version}`,
      fix: "Take or save it again with this version.",
    });
  return { header, entries: entriesOf(path, lines) };
}

/** True when the bytes begin as gzip does: what tells a snapshot from a JSON file. */
export function looksGzipped(start: Uint8Array): boolean {
  return start[0] === GZIP_MAGIC[0] && start[1] === GZIP_MAGIC[1];
}

const LINES_PER_CHUNK = 256;

async function* chunks(
  header: EntriesHeader,
  entries: Iterable<Entry> | AsyncIterable<Entry>,
  count: { entries: number },
): AsyncGenerator<string> {
  let text = `${JSON.stringify(header)}\n`;
  for await (const [key, value] of entries) {
    text += `["${key}","${value}"]\n`;
    count.entries += 1;
    if (count.entries % LINES_PER_CHUNK !== 0) continue;
    yield text;
    text = "";
  }
  yield `${text}${JSON.stringify({ entries: count.entries })}\n`;
}

async function* linesOf(path: string, input: Readable): AsyncGenerator<string> {
  let rest = "";
  try {
    for await (const part of input.setEncoding("utf8")) {
      const lines = (rest + String(part)).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > MAX_LINE_CHARS) throw invalid(path, "a line is too long");
      yield* lines;
    }
  } catch (cause) {
    if (isAppError(cause)) throw cause;
    throw appError("E_STATE_FILE_INVALID", { path, reason: reasonOf(cause) }, { cause });
  }
}

/** Why a file could not be read, without its path, which the error names. */
function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT") return "there is no such file";
  if (code === "Z_DATA_ERROR") return "it is no gzip file, or a damaged one";
  if (code === "Z_BUF_ERROR") return "it is cut short";
  return errorMessage(cause);
}

async function* entriesOf(path: string, lines: AsyncGenerator<string>): AsyncGenerator<Entry> {
  let count = 0;
  for await (const line of lines) {
    const value = parsed(path, line, count + 2);
    if (isEntry(value)) {
      count += 1;
      yield value;
      continue;
    }
    if (isEnd(value) && value.entries === count && (await lines.next()).done === true) return;
    throw invalid(path, `line ${count + 2} is neither an entry nor the end`);
  }
  throw invalid(path, "its end is missing");
}

function parsed(path: string, line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw appError("E_STATE_FILE_INVALID", { path, reason: `line ${number} is no JSON` }, { cause });
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function isHeader(value: unknown): value is EntriesHeader {
  return isObject(value) && typeof value["format"] === "string" && typeof value["version"] === "number";
}

function isEnd(value: unknown): value is { entries: number } {
  return isObject(value) && typeof value["entries"] === "number";
}

function isEntry(value: unknown): value is Entry {
  return Array.isArray(value) && value.length === 2 && value.every(isLowerHex);
}

const isLowerHex = (half: unknown): boolean =>
  typeof half === "string" && half.length % 2 === 0 && /^0x[0-9a-f]*$/.test(half);

function invalid(path: string, reason: string): Error {
  return appError("E_STATE_FILE_INVALID", { path, reason });
}
