import { open } from "node:fs/promises";
import { appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";

/** Largest document that is read: a dense network of 4,096 uids fits. */
const MAX_BYTES = 512 * 1024 * 1024;
/** Longest that stdin may take to end. */
const STDIN_DEADLINE_MS = 120_000;

/** Where a document comes from: the path (`-` is stdin) and the flag that named it. */
export type DocumentSource = { readonly path: string; readonly flag: string };

/** The stream behind `-`. */
export type InputStream = AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean };

/**
 * Reads one JSON document from a file or from stdin. Throws E_INPUT_FILE for an unreadable or too large file, E_USAGE for a terminal as
 * stdin, E_TIMEOUT when stdin does not end, and E_EPOCH_INPUT for text that is not JSON.
 */
export async function readDocument(
  source: DocumentSource,
  stdin: InputStream,
  maxBytes: number = MAX_BYTES,
): Promise<unknown> {
  const { path, flag } = source;
  if (path === "-" && stdin.isTTY)
    throw appError("E_USAGE", { problem: `${flag} - reads stdin, which is a terminal here: pipe a file into it` });
  const text =
    path === "-"
      ? await withTimeout(collect(stdin, source, maxBytes), STDIN_DEADLINE_MS, `Reading ${flag} from stdin`)
      : await readBounded(source, maxBytes);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw appError("E_EPOCH_INPUT", { field: flag, reason: `is not JSON: ${errorMessage(error)}` }, { cause: error });
  }
}

async function readBounded(source: DocumentSource, maxBytes: number): Promise<string> {
  try {
    const file = await open(source.path);
    try {
      return await collect(file.createReadStream({ autoClose: false }), source, maxBytes);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw isAppError(error) ? error : unreadable(source, errorMessage(error), error);
  }
}

async function collect(stream: InputStream, source: DocumentSource, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const part = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    bytes += part.length;
    if (bytes > maxBytes) throw unreadable(source, `it is larger than ${maxBytes} bytes`);
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function unreadable({ path, flag }: DocumentSource, problem: string, cause?: unknown): Error {
  return appError("E_INPUT_FILE", { path, flag, problem }, { cause });
}
