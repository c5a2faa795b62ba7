import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { signResponse } from "@subnetkit/shared/protocol/response-signature";
import type { FastifyReply } from "fastify";
import type { Proven } from "../admission/admission.ts";
import type { Refusal } from "../admission/refusal.ts";

const jsonType = "application/json; charset=utf-8";

/** Sends a refusal as it was prepared. Unsigned: there is nobody proven to sign it for. */
export function sendRefusal(reply: FastifyReply, refusal: Refusal, retryAfterMs?: number): FastifyReply {
  if (refusal.close === true) reply.header("connection", "close");
  const retryAfterS = retryAfterMs === undefined ? refusal.retryAfterS : Math.ceil(retryAfterMs / 1000);
  if (retryAfterS !== undefined) reply.header("retry-after", retryAfterS);
  return reply.code(refusal.status).header("content-type", jsonType).send(refusal.body);
}

/** Sends an answer or a refusal signed for the caller, whatever its status. */
export function sendSigned(
  reply: FastifyReply,
  answer: { readonly status: number; readonly body: string; readonly retryAfterS?: number | undefined },
  { keypair, proven }: { readonly keypair: Keypair; readonly proven: Proven },
): FastifyReply {
  // Text all the way: Node writes head and text at once, but a buffer apart from its head, which costs more than the rest of the reply.
  const { body } = answer;
  const { hotkey: validator, nonce: requestNonce } = proven;
  if (answer.retryAfterS !== undefined) reply.header("retry-after", answer.retryAfterS);
  return reply
    .code(answer.status)
    .headers(requestNonce === "" ? {} : signResponse({ keypair, requestNonce, validator, status: answer.status, body }))
    .header("content-type", jsonType)
    .send(body);
}
