import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import type { RequestHeaders } from "@subnetkit/shared/protocol/btauth-headers";
import { createStreamSigner, streamContentType } from "@subnetkit/shared/protocol/stream-signature";
import type { AnyTask } from "@subnetkit/shared/subnet";
import type { Proven } from "../admission/admission.ts";
import type { Refusal } from "../admission/refusal.ts";
import { refusals } from "../admission/refusal.ts";
import { type BodyShape, bodyShape, fitsShape } from "./body-shape.ts";
import { type Reply, sendRefusal, sendSigned } from "./reply.ts";

/** Whom a reply goes to; without `proven` nobody has shown who asks, and the reply cannot be signed for him. */
export type Addressee = { readonly proven?: Proven | undefined; readonly retryAfterMs?: number | undefined };

/** How a dialect carries one request and its reply. */
export type Wire = {
  /** The JSON value of the task's request, or why there is none. */
  read(task: AnyTask): { readonly kind: "read"; readonly value: unknown } | Refusal;
  /** Sends the answer: `body` is the JSON text of the task's response, `solveMs` the milliseconds it took. */
  answer(reply: Reply, answer: { readonly body: string; readonly solveMs: number; readonly proven: Proven }): void;
  refuse(reply: Reply, refusal: Refusal, addressee: Addressee): void;
  /** How the chunks of an answer are framed; undefined when this request is to be answered in one piece. */
  stream?(task: AnyTask, proven: Proven): StreamFraming | undefined;
};

/** The bytes of one stream. */
export type StreamFraming = {
  readonly headers: Readonly<Record<string, string>>;
  chunk(json: string): Uint8Array;
  /** The last bytes; undefined cuts the connection, which is how a dialect without a last word says that an answer is incomplete. */
  end(status: number, code: string | undefined): Uint8Array | undefined;
};

/** Makes the wire of one request from its headers and its raw body. */
export type WireMaker = (request: { readonly headers: RequestHeaders; readonly body: Buffer }) => Wire;

/** Plain JSON both ways, signed in two headers that other clients ignore: what btauth/1 and Epistula carry. */
export function jsonWire(keypair: Keypair, shape: BodyShape = bodyShape()): WireMaker {
  return ({ headers, body: sent }) => ({
    read: () => {
      if (!fitsShape(sent, shape)) return refusals.complex;
      try {
        return { kind: "read", value: JSON.parse(sent.toString("utf8")) as unknown };
      } catch {
        return refusals.notJson;
      }
    },
    answer: (reply, { body, proven }) => sendSigned(reply, { status: 200, body }, { keypair, proven }),
    refuse: (reply, refusal, { proven, retryAfterMs }) => {
      if (proven === undefined) return sendRefusal(reply, refusal, retryAfterMs);
      const retryAfterS = retryAfterMs === undefined ? refusal.retryAfterS : Math.ceil(retryAfterMs / 1000);
      return sendSigned(reply, { status: refusal.status, body: refusal.body, retryAfterS }, { keypair, proven });
    },
    stream: (task, proven) => {
      if (task.streaming === undefined || !acceptsStream(headers["accept"])) return undefined;
      const signer = createStreamSigner({ keypair, ...proven, requestSha256: proven.requestSha256 || sha256Hex(sent) });
      return { headers: { "content-type": streamContentType }, chunk: signer.chunk, end: signer.trailer };
    },
  });
}

function acceptsStream(accept: string | readonly string[] | undefined): boolean {
  return (
    typeof accept === "string" &&
    accept.split(",").some((type) => type.split(";", 1)[0]?.trim().toLowerCase() === streamContentType)
  );
}
