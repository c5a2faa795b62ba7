import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { signResponse } from "@subnetkit/shared/protocol/response-signature";
import type { Proven } from "../admission/admission.ts";
import type { Refusal } from "../admission/refusal.ts";
import { writeDirectly } from "./direct-reply.ts";
import { isEndless } from "./unread-body.ts";

/** A request, whether it went through the framework or not; `body` is there once it was read. */
export type Request = { readonly raw: IncomingMessage; readonly body: unknown };

/** Where a reply is written. Whoever writes it takes it from the framework first, if that has it. */
export type Reply = {
  readonly raw: ServerResponse;
  hijack(): unknown;
  /** What is said of a connection that is kept; undefined where replies go through Node's own writer. */
  readonly keepAlive?: string;
};

/**
 * Sends JSON text. Past the framework, which has nothing left to add to it and takes several microseconds for that. Text and no bytes: Node writes head
 * and text at once, but a buffer apart from its head, which costs more than the rest of the reply. Nothing happens where a reply was sent already.
 */
export function sendJson(
  reply: Reply,
  { status, body, headers }: { readonly status: number; readonly body: string; readonly headers: OutgoingHttpHeaders },
): void {
  if (reply.raw.writableEnded) return;
  headers["content-type"] = "application/json; charset=utf-8";
  headers["content-length"] = Buffer.byteLength(body);
  reply.raw.writeHead(status, headers);
  // Not before: what fails above is the framework's to answer, and a reply taken from it would never be sent.
  reply.hijack();
  reply.raw.end(body);
}

/** Sends JSON text with headers that are ours in name and value. */
function sendOwn(reply: Reply, status: number, body: string, headers: Record<string, string>): void {
  const { raw, keepAlive } = reply;
  if (keepAlive !== undefined && writeDirectly(raw, { status, headers, body }, keepAlive)) return;
  sendJson(reply, { status, body, headers });
}

/**
 * Sends a refusal as it was prepared. Unsigned: there is nobody proven to sign it for. It says that the connection ends where it does, so that the caller need
 * not find out by asking again.
 */
export function sendRefusal(reply: Reply, refusal: Refusal, retryAfterMs?: number): void {
  const { status, body, close } = refusal;
  const retryAfterS = retryAfterMs === undefined ? refusal.retryAfterS : Math.ceil(retryAfterMs / 1000);
  const headers: Record<string, string> = retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) };
  const isLast = close === true || isEndless(reply.raw.req);
  if (isLast) sendJson(reply, { status, body, headers: { ...headers, connection: "close" } });
  else sendOwn(reply, status, body, headers);
}

/** Sends an answer or a refusal signed for the caller, whatever its status. */
export function sendSigned(
  reply: Reply,
  {
    status,
    body,
    retryAfterS,
  }: { readonly status: number; readonly body: string; readonly retryAfterS?: number | undefined },
  { keypair, proven }: { readonly keypair: Keypair; readonly proven: Proven },
): void {
  const headers: Record<string, string> =
    proven.requestNonce === "" ? {} : signResponse({ keypair, ...proven, status, body });
  if (retryAfterS !== undefined) headers["retry-after"] = String(retryAfterS);
  sendOwn(reply, status, body, headers);
}
