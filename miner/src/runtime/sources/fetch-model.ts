import { createHash, type Hash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { type AppError, appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { isModelUrl } from "@subnetkit/shared/subnet/model-entry";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import { Agent, type Dispatcher, request } from "undici";

/** Bounds of fetching. */
export type FetchLimits = {
  readonly maxBytes: number;
  /** For the whole file from one address. */
  readonly deadlineMs: number;
  /** Longest silence. */
  readonly idleMs: number;
};

/** What to fetch: `urls` are tried in order until one gives the file with this hash. */
export type FetchOrder = { readonly model: string; readonly urls: readonly string[]; readonly sha256: string };

const mostRedirects = 5;
const connectMs = 10_000;
const partEnding = ".part";

/**
 * Gives the path of a file with that SHA-256, from the cache or by fetching it: streamed to a file of its own and hashed on the way, and put into the
 * cache, under its hash, only when it is right. A file in the cache is hashed again before it is used. Only https is asked, or http on the loopback;
 * a redirect may not leave what its start may be.
 *
 * Throws E_MODEL_FETCH or E_MODEL_HASH of the last address tried; nothing is left behind then.
 */
export async function fetchModel(
  order: FetchOrder,
  { cacheFolder, limits }: { readonly cacheFolder: string; readonly limits: FetchLimits },
  modules: { readonly log: Logger; readonly signal?: AbortSignal },
): Promise<string> {
  const { model, urls, sha256 } = order;
  const { log, signal } = modules;
  const file = path.join(cacheFolder, sha256);
  if ((await fileSha256(file)) === sha256) return file;
  await mkdir(cacheFolder, { recursive: true });
  let problem: unknown = appError("E_MODEL_FETCH", { model, from: "nowhere", problem: "no address is given" });
  await clearParts(cacheFolder, limits.deadlineMs);
  for (const url of urls) {
    const part = path.join(cacheFolder, `${sha256}.${randomUUID()}${partEnding}`);
    const startedMs = performance.now();
    try {
      const { actual, bytes } = await download(model, url, part, limits, signal);
      if (actual !== sha256) throw appError("E_MODEL_HASH", { model, expected: sha256, actual, from: shown(url) });
      await rename(part, file);
      log.info({ model, url: shown(url), bytes, fetchMs: Math.round(performance.now() - startedMs) }, "model fetched");
      return file;
    } catch (error) {
      await rm(part, { force: true });
      if (isAppError(error, "E_ABORTED")) throw error;
      problem = error;
      log.warn({ model, url: shown(url), reason: errorMessage(error) }, "a model cannot be had from here");
    }
  }
  throw problem;
}

/** Removes what a process that was killed has left: older than any fetching may take. */
async function clearParts(cacheFolder: string, deadlineMs: number): Promise<void> {
  for (const name of await readdir(cacheFolder)) {
    if (!name.endsWith(partEnding)) continue;
    const file = path.join(cacheFolder, name);
    const found = await stat(file).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > 2 * deadlineMs) await rm(file, { force: true });
  }
}

/** The SHA-256 of a file in lower-case hex, or undefined when it cannot be read. */
export async function fileSha256(file: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  } catch {
    return undefined;
  }
  return hash.digest("hex");
}

async function download(
  model: string,
  url: string,
  part: string,
  limits: FetchLimits,
  signal: AbortSignal | undefined,
): Promise<{ readonly actual: string; readonly bytes: number }> {
  const failed = (problem: string, cause?: unknown): AppError =>
    appError("E_MODEL_FETCH", { model, from: shown(url), problem }, { cause });
  const stop = new AbortController();
  const agent = new Agent({
    connect: { timeout: connectMs },
    headersTimeout: limits.idleMs,
    bodyTimeout: limits.idleMs,
  });
  try {
    const whole = (async () => {
      const { body, headers } = await follow(url, agent, stop.signal, failed);
      const length = Number(headers["content-length"] ?? 0);
      if (length > limits.maxBytes) throw failed(`it has ${length} bytes, more than ${limits.maxBytes}`);
      return save(body, part, limits.maxBytes, failed);
    })();
    return await withTimeout(whole, limits.deadlineMs, "Fetching a model", signal);
  } catch (error) {
    if (isAppError(error, "E_TIMEOUT")) throw failed(`it took longer than ${limits.deadlineMs} ms`, error);
    throw isAppError(error) ? error : failed(problemOf(error), error);
  } finally {
    stop.abort();
    await agent.destroy();
  }
}

/** The response to a GET with status 200, wherever redirects lead as long as they may. */
async function follow(
  start: string,
  dispatcher: Agent,
  signal: AbortSignal,
  failed: (problem: string) => AppError,
): Promise<Dispatcher.ResponseData> {
  const mayBeLocal = new URL(start).protocol === "http:";
  let url = start;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const response = await request(url, { dispatcher, signal, headers: { accept: "application/octet-stream, */*" } });
    const { statusCode, headers, body } = response;
    if (statusCode === 200) return response;
    body.on("error", () => undefined).destroy();
    const location = headers["location"];
    if (statusCode < 300 || statusCode > 399 || typeof location !== "string") {
      throw failed(`the answer is ${statusCode}`);
    }
    if (!URL.canParse(location, url)) throw failed("it is redirected to something that is no address");
    url = new URL(location, url).href;
    const allowed = isModelUrl(url) && (mayBeLocal || url.startsWith("https:"));
    if (!allowed) throw failed("it is redirected to an address that is neither https nor where it began");
  }
  throw failed(`it is redirected more than ${mostRedirects} times`);
}

async function save(
  body: AsyncIterable<Buffer>,
  part: string,
  maxBytes: number,
  failed: (problem: string) => AppError,
): Promise<{ readonly actual: string; readonly bytes: number }> {
  const hash: Hash = createHash("sha256");
  let bytes = 0;
  const handle = await open(part, "w", 0o600);
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw failed(`it has more than ${maxBytes} bytes`);
      hash.update(chunk);
      // All of it: a plain write may take less than it is given.
      await handle.appendFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { actual: hash.digest("hex"), bytes };
}

/** Without the query, which may hold a token. */
function shown(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** undici's own words, which name no header and no body. */
function problemOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  return code === undefined ? errorMessage(error) : `${code} (${errorMessage(error)})`;
}
