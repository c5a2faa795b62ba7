import { axonTarget } from "@subnetkit/chain/client/axon-address";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import type { Keypair, KeyScheme } from "@subnetkit/shared/crypto/keypair";
import { allSr25519, type SchemeOf } from "@subnetkit/shared/crypto/scheme-of";
import { type DialectName, dialectNames } from "@subnetkit/shared/protocol/dialect";
import { type AnsweredRequest, responseHeaders, verifyResponse } from "@subnetkit/shared/protocol/response-signature";
import type { AnyTask, RequestJson } from "@subnetkit/shared/subnet";
import { parseWith } from "@subnetkit/shared/subnet/parse-with";
import { linkAbort } from "@subnetkit/shared/util/linkAbort";
import { type Dispatcher, errors } from "undici";
import type { CallInput, ReadReply, SignedCall, WholeReply } from "./dialects/client-dialect.ts";
import { dialectsFor } from "./dialects/client-dialects.ts";
import type { DialectMemory } from "./dialects/memory.ts";
import { tlsCalls } from "./dialects/tls.ts";
import { deepestReply, isNestedWithin } from "./nesting.ts";
import type { Outcome } from "./outcome.ts";
import type { PlannedMiner } from "./plan-record.ts";
import type { MinerPools } from "./pools.ts";
import { readBody } from "./read-body.ts";

/** What asking needs besides the question. */
export type AskModules = {
  readonly pools: MinerPools;
  readonly keypair: Keypair;
  /** What is known of the dialects of miners; without it every miner is tried in all of them. */
  readonly memory?: DialectMemory;
  /** A miner was asked in a dialect, and understood it or not. */
  readonly onDialect?: (dialect: DialectName, understood: boolean) => void;
};
export type AskOptions = {
  readonly allowPrivate: boolean;
  /** Dialects to ask in, in order of preference; default all. */
  readonly dialects?: readonly DialectName[];
  /** Count answers that the miner did not sign, default false: miners of SDK 10 sign none, and anybody on the way can change them. */
  readonly acceptUnsigned?: boolean;
  /** What a miner signs its answers with, default sr25519. */
  readonly schemeOf?: SchemeOf;
};

/** The question: one task, its request text, and the signal that ends everything early. */
export type Question = { readonly task: AnyTask; readonly requestJson: RequestJson; readonly signal: AbortSignal };

/**
 * Asks one miner one question. Never throws and never takes longer than the task's time limit: whatever happens is an outcome. The request
 * is signed for this miner alone; the reply counts only with the miner's own signature over this request, status and body, unless the options
 * say otherwise. A miner that does not understand the dialect is asked in the next one while time is left.
 *
 * Undefined when the signal fired first, or no dialect can carry the task: then it is our doing, and the miner has no outcome.
 */
export async function askMiner(
  miner: PlannedMiner,
  question: Question,
  options: AskOptions,
  modules: AskModules,
): Promise<Outcome | undefined> {
  const target = axonTarget(
    miner.endpoint === null ? undefined : { ...miner.endpoint, protocol: 0, version: 0, block: 0 },
    options,
  );
  if (target.kind === "unusable" || miner.endpoint === null) {
    const absent = target.kind === "unusable" && target.reason === "not announced";
    return { kind: "unreachable", reason: absent ? "no-endpoint" : "private-address" };
  }
  const { task, signal } = question;
  if (signal.aborted) return undefined;
  const stop = new AbortController();
  const unlink = linkAbort(signal, stop);
  const timer = setTimeout(() => stop.abort(), task.limits.timeoutMs);
  const exchange: Exchange = { startedAt: undefined, phase: "headers" };
  const { ip, port } = miner.endpoint;
  const input = { ...question, keypair: modules.keypair, miner: { hotkey: miner.hotkey, ip, port } };
  const proven = modules.pools.proven(miner.hotkey);
  const post = (call: SignedCall): Promise<Posted> =>
    send(call, { pool: modules.pools.get(miner.hotkey, target), task, exchange, signal: stop.signal });
  try {
    return await tryDialects(miner, { input, post, exchange, proven }, options, modules);
  } catch (error) {
    if (signal.aborted) return undefined;
    const latencyMs = sinceStart(exchange);
    return stop.signal.aborted
      ? { kind: "late", latencyMs, phase: exchange.phase }
      : failed(error, exchange.phase, latencyMs);
  } finally {
    clearTimeout(timer);
    unlink();
  }
}

/**
 * How far asking has come. Time runs from the first request on, whatever dialect it was in: a miner that pretended not to understand it would
 * otherwise win the time until the next.
 */
type Exchange = { startedAt: number | undefined; phase: "headers" | "body" };

/** Milliseconds since the first request was sent, 0 before. */
function sinceStart({ startedAt }: Exchange): number {
  return startedAt === undefined ? 0 : performance.now() - startedAt;
}

/** A question, and the connection to ask it over. */
type Dialogue = {
  readonly input: CallInput;
  readonly post: (call: SignedCall) => Promise<Posted>;
  readonly exchange: Exchange;
  /** The connection proves both ends, so that nothing needs a signature of its own but the answer. */
  readonly proven: boolean;
};

async function tryDialects(
  miner: PlannedMiner,
  { input, post, exchange, proven }: Dialogue,
  { dialects = dialectNames, acceptUnsigned = false, schemeOf = allSr25519 }: AskOptions,
  { memory, onDialect }: AskModules,
): Promise<Outcome | undefined> {
  let notUnderstood: Outcome | undefined;
  for (const dialect of proven ? [tlsCalls] : dialectsFor(dialects, memory?.known(miner))) {
    const call = dialect.call(input);
    if (call === undefined) continue;
    exchange.phase = "headers";
    const posted = await post(call);
    const latencyMs = sinceStart(exchange);
    const foreign = posted.kind === "reply" && isForeign(posted.reply);
    if (dialect.name !== "tls") onDialect?.(dialect.name, !foreign);
    if (posted.kind !== "reply") return posted.kind === "late" ? late(latencyMs) : malformed(latencyMs, "too-large");
    const read = call.read(posted.reply);
    const outcome = judge(
      { ...input, call, acceptUnsigned, scheme: schemeOf(miner.hotkey) },
      posted.reply,
      read,
      latencyMs,
    );
    if (!foreign) {
      if (read.kind === "values" && dialect.name !== "tls") memory?.learn(miner, dialect.name);
      return outcome;
    }
    notUnderstood ??= outcome;
  }
  return notUnderstood;
}

/** Statuses of a server that does not know the path, the headers or the body. */
const foreignStatuses: ReadonlySet<number> = new Set([400, 401, 404, 405, 422]);

/** True when the one who answered may not have understood the dialect. A signed refusal comes from a miner that did. */
function isForeign({ status, headers }: WholeReply): boolean {
  return foreignStatuses.has(status) && headers[responseHeaders.signature] === undefined;
}

/** What came back of one request. */
type Posted =
  | { readonly kind: "reply"; readonly reply: WholeReply }
  | { readonly kind: "late" }
  | { readonly kind: "too-large" };

async function send(
  call: SignedCall,
  {
    pool,
    task,
    exchange,
    signal,
  }: { readonly pool: Dispatcher; readonly task: AnyTask; readonly exchange: Exchange; readonly signal: AbortSignal },
): Promise<Posted> {
  exchange.startedAt ??= performance.now();
  const response = await pool.request({
    method: "POST",
    path: call.path,
    headers: { ...call.headers, "content-type": "application/json", accept: "application/json" },
    body: call.body,
    signal,
  });
  exchange.phase = "body";
  const { headers, statusCode: status } = response;
  const maxBytes = task.limits.maxResponseBytes + call.extraBytes;
  const read = await readBody(response.body, maxBytes, contentLength(headers));
  if (sinceStart(exchange) > task.limits.timeoutMs) return { kind: "late" };
  return read.kind === "too-large" ? read : { kind: "reply", reply: { status, headers, body: read.bytes } };
}

/** What a reply is judged by. */
type Asked = CallInput & {
  readonly call: SignedCall;
  readonly acceptUnsigned: boolean;
  readonly scheme: KeyScheme;
};

function judge(
  { task, miner: { hotkey }, keypair, call, acceptUnsigned, scheme }: Asked,
  { headers, status, body }: WholeReply,
  read: ReadReply,
  latencyMs: number,
): Outcome {
  if (read.kind === "refused") return refused(read.status, latencyMs);
  const isSigned = headers[responseHeaders.signature] !== undefined;
  if (!isSigned && !acceptUnsigned) return malformed(latencyMs, "unsigned");
  if (isSigned && !verifyResponse({ ...answeredBy(call, keypair), headers, miner: hotkey, scheme, status, body }))
    return malformed(latencyMs, "bad-signature");
  if (read.kind === "not-json") return malformed(latencyMs, "not-json");
  for (const value of read.values) {
    if (!isNestedWithin(value, deepestReply)) continue;
    const parsed = parseWith(task.response, value);
    if (parsed !== undefined) return { kind: "answered", latencyMs, body: parsed.data };
  }
  return malformed(latencyMs, "schema");
}

/** What the miner's signature has to be bound to. */
function answeredBy({ requestNonce, path: target, body }: SignedCall, { address }: Keypair): AnsweredRequest {
  return { requestNonce, validator: address, target, requestSha256: sha256Hex(body) };
}

function late(latencyMs: number): Outcome {
  return { kind: "late", latencyMs, phase: "body" };
}

function malformed(latencyMs: number, reason: Extract<Outcome, { kind: "malformed" }>["reason"]): Outcome {
  return { kind: "malformed", latencyMs, reason };
}

function contentLength(headers: Dispatcher.ResponseData["headers"]): number | undefined {
  const text = headers["content-length"];
  const value = typeof text === "string" ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

function refused(status: number, latencyMs: number): Outcome {
  const reason = (): Extract<Outcome, { kind: "refused" }>["reason"] => {
    if (status >= 300 && status < 400) return "redirect";
    switch (status) {
      case 400:
      case 422:
        return "bad-request";
      case 401:
        return "unauthorized";
      case 403:
        return "forbidden";
      case 404:
      case 405:
        return "not-found";
      case 429:
        return "rate-limited";
      case 503:
        return "overloaded";
      default:
        return status >= 500 ? "server-error" : "other";
    }
  };
  return { kind: "refused", latencyMs, status, reason: reason() };
}

/** An exception of the HTTP client as an outcome, by its code. */
function failed(error: unknown, phase: Exchange["phase"], latencyMs: number): Outcome {
  const code = errorCode(error);
  if (error instanceof errors.HTTPParserError || code === "UND_ERR_HEADERS_OVERFLOW")
    return { kind: "malformed", latencyMs, reason: "not-http" };
  if (phase === "body") return { kind: "malformed", latencyMs, reason: "truncated" };
  if (code === "E_TLS_PEER") return { kind: "unreachable", reason: "identity" };
  const cut = code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE";
  return { kind: "unreachable", reason: cut ? "reset" : "connect" };
}

function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}
