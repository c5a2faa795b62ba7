import { axonTarget } from "@subnetkit/chain/client/axon-address";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { signRequest } from "@subnetkit/shared/protocol/btauth";
import { nextNonceNs } from "@subnetkit/shared/protocol/nonce";
import { responseHeaders, verifyResponse } from "@subnetkit/shared/protocol/response-signature";
import type { AnyTask, RequestJson } from "@subnetkit/shared/subnet";
import { linkAbort } from "@subnetkit/shared/util/linkAbort";
import { type Dispatcher, errors } from "undici";
import type { Outcome } from "./outcome.ts";
import type { PlannedMiner } from "./plan-record.ts";
import type { MinerPools } from "./pools.ts";
import { readBody } from "./read-body.ts";

/** What asking needs besides the question. */
export type AskModules = { readonly pools: MinerPools; readonly keypair: Keypair };
export type AskOptions = { readonly allowPrivate: boolean };

/** The question: one task, its request text, and the signal that ends everything early. */
export type Question = { readonly task: AnyTask; readonly requestJson: RequestJson; readonly signal: AbortSignal };

/**
 * Asks one miner one question. Never throws and never takes longer than the task's time limit: whatever happens is an outcome. The request
 * is signed for this miner alone (btauth/1), the reply counts only with the miner's own signature over this request, status and body.
 *
 * Undefined when the signal fired first: then it is our doing, and the miner has no outcome.
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
  if (target.kind === "unusable") {
    return { kind: "unreachable", reason: target.reason === "not announced" ? "no-endpoint" : "private-address" };
  }
  const { task, signal } = question;
  if (signal.aborted) return undefined;
  const stop = new AbortController();
  const unlink = linkAbort(signal, stop);
  const timer = setTimeout(() => stop.abort(), task.limits.timeoutMs);
  const exchange: Exchange = { startedAt: performance.now(), phase: "headers" };
  try {
    return await send(miner, `http://${target.host}:${target.port}`, question, stop.signal, exchange, modules);
  } catch (error) {
    if (signal.aborted) return undefined;
    const latencyMs = performance.now() - exchange.startedAt;
    return stop.signal.aborted
      ? { kind: "late", latencyMs, phase: exchange.phase }
      : failed(error, exchange.phase, latencyMs);
  } finally {
    clearTimeout(timer);
    unlink();
  }
}

/** How far one request has come. */
type Exchange = { startedAt: number; phase: "headers" | "body" };

async function send(
  miner: PlannedMiner,
  origin: string,
  { task, requestJson }: Question,
  signal: AbortSignal,
  exchange: Exchange,
  { pools, keypair }: AskModules,
): Promise<Outcome> {
  const target = `/v1/tasks/${task.id}`;
  const body = Buffer.from(requestJson, "utf8");
  const nonceNs = nextNonceNs();
  const auth = signRequest({ method: "POST", target, body, keypair, receiver: miner.hotkey, nonceNs });
  const pool = pools.get(miner.hotkey, origin);
  exchange.startedAt = performance.now();
  const response = await pool.request({
    method: "POST",
    path: target,
    headers: { ...auth, "content-type": "application/json", accept: "application/json" },
    body,
    signal,
  });
  exchange.phase = "body";
  const read = await readBody(response.body, task.limits.maxResponseBytes, contentLength(response.headers));
  const latencyMs = performance.now() - exchange.startedAt;
  if (latencyMs > task.limits.timeoutMs) return { kind: "late", latencyMs, phase: "body" };
  if (read.kind === "too-large") return { kind: "malformed", latencyMs, reason: "too-large" };
  if (response.statusCode !== 200) return refused(response.statusCode, latencyMs);
  return judgeReply({ miner, task, validator: keypair.address, nonceNs }, response, read.bytes, latencyMs);
}

/** What a reply is checked against. */
type Asked = {
  readonly miner: PlannedMiner;
  readonly task: AnyTask;
  readonly validator: string;
  readonly nonceNs: bigint;
};

function judgeReply(asked: Asked, response: Dispatcher.ResponseData, body: Uint8Array, latencyMs: number): Outcome {
  const { miner, task, validator, nonceNs } = asked;
  const { headers, statusCode } = response;
  const malformed = (reason: Extract<Outcome, { kind: "malformed" }>["reason"]): Outcome => ({
    kind: "malformed",
    latencyMs,
    reason,
  });
  if (headers[responseHeaders.signature] === undefined) return malformed("unsigned");
  const signed = verifyResponse({
    headers,
    requestNonce: nonceNs,
    validator,
    miner: miner.hotkey,
    status: statusCode,
    body,
  });
  if (!signed) return malformed("bad-signature");
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return malformed("not-json");
  }
  const parsed = task.response.safeParse(value);
  return parsed.success ? { kind: "answered", latencyMs, body: parsed.data } : malformed("schema");
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
  const cut = code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE";
  return { kind: "unreachable", reason: cut ? "reset" : "connect" };
}

function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}
