import type { DialectName } from "@subnetkit/shared/protocol/dialect";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Admission, Admitted, Plausible } from "../admission/admission.ts";
import { type Refusal, refusals } from "../admission/refusal.ts";
import type { RequestOutcome } from "../metrics.ts";
import { sendRefusal } from "./reply.ts";
import type { Wire, WireMaker } from "./wire.ts";

/** What admitting works with. */
export type AdmitModules = {
  readonly admission: Admission;
  /** How each dialect carries requests and replies. */
  readonly wires: Readonly<Partial<Record<DialectName, WireMaker>>>;
  readonly onOutcome: (outcome: RequestOutcome) => void;
};

/** The two halves of admission around the reading of the body, for every route that asks for a signature. */
export type Gate = {
  /** By the headers, before the body is read. True when the body may come; else the refusal has been sent. */
  head(request: FastifyRequest, reply: FastifyReply): boolean;
  /** With the body. Undefined when the refusal has been sent. */
  whole(
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<{ readonly admitted: Admitted; readonly wire: Wire } | undefined>;
  /** Refuses before anybody is proven. */
  refuse(reply: FastifyReply, refusal: Refusal, retryAfterMs?: number): FastifyReply;
};

/** A gate for the dialects in `spoken`; requests in others are refused by their shape. */
export function createGate(spoken: readonly DialectName[], { admission, wires, onOutcome }: AdmitModules): Gate {
  const plausible = new WeakMap<FastifyRequest, Plausible>();

  const refuse: Gate["refuse"] = (reply, refusal, retryAfterMs) => {
    onOutcome(refusal.outcome);
    return sendRefusal(reply, refusal, retryAfterMs);
  };

  return {
    refuse,
    head: (request, reply) => {
      const { headers } = request;
      const length = headers["content-length"];
      const verdict = admission.head({
        headers,
        contentLength: length === undefined ? undefined : Number(length),
        address: request.raw.socket.remoteAddress ?? "",
      });
      if (verdict.kind === "refused") {
        refuse(reply, verdict.refusal, verdict.retryAfterMs);
        return false;
      }
      if (!spoken.includes(verdict.dialect.name)) {
        refuse(reply, refusals.malformed);
        return false;
      }
      plausible.set(request, verdict);
      return true;
    },
    whole: async (request, reply) => {
      const head = plausible.get(request);
      const make = head === undefined ? undefined : wires[head.dialect.name];
      if (head === undefined || make === undefined) {
        refuse(reply, refusals.malformed);
        return undefined;
      }
      const { method, headers } = request;
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const wire = make({ headers, body });
      const verdict = await admission.whole(head, { method, target: request.raw.url ?? "", headers, body });
      if (verdict.kind === "admitted") return { admitted: verdict, wire };
      onOutcome(verdict.refusal.outcome);
      wire.refuse(reply, verdict.refusal, verdict);
      return undefined;
    },
  };
}
