import type { Logger } from "@subnetkit/shared/log/logger";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { type Refusal, refusals } from "../admission/refusal.ts";
import type { RequestOutcome } from "../metrics.ts";
import { releaseBody } from "./admit.ts";
import { outcomeOf } from "./read-body.ts";
import { sendRefusal } from "./reply.ts";

/**
 * Answers what the framework finds wrong with a request, a body that turns out too long above all, and what fails in a handler. `phrase` puts it in the
 * words of the route.
 */
export function errorHandler(
  { log, onOutcome }: { readonly log: Logger; readonly onOutcome: (outcome: RequestOutcome) => void },
  phrase: (refusal: Refusal) => Refusal = (refusal) => refusal,
): (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    releaseBody(request);
    const refusal = refusalOfError(error);
    if (refusal === refusals.failed) log.error({ err: error }, "the server failed on a request");
    onOutcome(outcomeOf(refusal, request.raw));
    sendRefusal(reply, phrase(refusal));
  };
}

function refusalOfError(error: FastifyError): Refusal {
  if (error.statusCode === 413) return refusals.tooLarge;
  return error.statusCode !== undefined && error.statusCode < 500 ? refusals.malformed : refusals.failed;
}
