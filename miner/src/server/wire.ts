import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import type { AnyTask } from "@subnetkit/shared/subnet";
import type { FastifyReply } from "fastify";
import type { Proven } from "../admission/admission.ts";
import type { Refusal } from "../admission/refusal.ts";
import { refusals } from "../admission/refusal.ts";
import { sendRefusal, sendSigned } from "./reply.ts";

/** Whom a reply goes to; without `proven` nobody has shown who asks, and the reply cannot be signed for him. */
export type Addressee = { readonly proven?: Proven | undefined; readonly retryAfterMs?: number | undefined };

/** How a dialect carries a task's request in a body, and puts answers and refusals on the wire. */
export type Wire = {
  /** The JSON value of the task's request, or why there is none. */
  read(task: AnyTask, body: Buffer): { readonly kind: "read"; readonly value: unknown } | Refusal;
  /** Sends the answer: `body` is the JSON text of the task's response, `solveMs` the milliseconds it took. */
  answer(
    reply: FastifyReply,
    answer: { readonly task: AnyTask; readonly body: string; readonly solveMs: number; readonly proven: Proven },
  ): FastifyReply;
  refuse(reply: FastifyReply, refusal: Refusal, addressee: Addressee): FastifyReply;
};

/** Plain JSON both ways, signed in two headers that other clients ignore: what btauth/1 and Epistula carry. */
export function jsonWire(keypair: Keypair): Wire {
  return {
    read: (_task, body) => {
      try {
        return { kind: "read", value: JSON.parse(body.toString("utf8")) as unknown };
      } catch {
        return refusals.notJson;
      }
    },
    answer: (reply, { body, proven }) => sendSigned(reply, { status: 200, body }, { keypair, proven }),
    refuse: (reply, refusal, { proven, retryAfterMs }) => {
      if (proven === undefined) return sendRefusal(reply, refusal);
      const retryAfterS = retryAfterMs === undefined ? refusal.retryAfterS : Math.ceil(retryAfterMs / 1000);
      return sendSigned(reply, { status: refusal.status, body: refusal.body, retryAfterS }, { keypair, proven });
    },
  };
}
