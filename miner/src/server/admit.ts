import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import type { RequestDialect } from "@subnetkit/shared/protocol/dialect";
import type { TlsPeer } from "@subnetkit/shared/protocol/tls/verify-certificate";
import type { AnyTask } from "@subnetkit/shared/subnet";
import { type Later, whenReady } from "@subnetkit/shared/util/whenReady";
import type { Admission, Admitted, Plausible } from "../admission/admission.ts";
import { type Refusal, refusals } from "../admission/refusal.ts";
import type { RequestOutcome } from "../metrics.ts";
import type { Scheduler, WorkFacts } from "../scheduler/scheduler.ts";
import { deadlineOf } from "./answer-request.ts";
import { offConnectionEnd, onConnectionEnd } from "./connection-end.ts";
import { type Reply, type Request, sendRefusal } from "./reply.ts";
import type { Wire, WireMaker } from "./wire.ts";

/** What admitting works with. */
export type AdmitModules = {
  readonly admission: Admission;
  readonly scheduler: Pick<Scheduler, "refusesNow">;
  /** How each dialect carries requests and replies. */
  readonly wires: Readonly<Partial<Record<RequestDialect, WireMaker>>>;
  readonly onOutcome: (outcome: RequestOutcome) => void;
  /** Who a connection is proven to come from, on a server with hotkey-bound TLS. */
  readonly peerOf?: ((socket: Socket) => TlsPeer | undefined) | undefined;
  /** Why no new work is taken; undefined while it is. */
  readonly closed?: (() => Refusal | undefined) | undefined;
  /** Sends what is refused before anybody is proven; at once unless told otherwise. */
  readonly send?: typeof sendRefusal;
};

/** The two halves of admission around the reading of the body, for every route that asks for a signature. */
export type Gate = {
  /**
   * By the headers, before the body is read. True when the body may come; else the refusal has been sent. With the task it asks for, also refuses what the
   * scheduler would: unsigned and before any curve operation, or refusing would cost more than many tasks. So only for callers that are known to ask from
   * there, which under load is all of them. Whoever else names a hotkey has to sign for it first, within the bounds on forgeries: how full the line is for
   * that hotkey, how long its work takes and when to ask again is nobody else's business, and could be found out by asking with one time-out after the other.
   */
  head(request: Request, reply: Reply, task?: AnyTask): boolean;
  /** With the body. Undefined when the refusal has been sent. */
  whole(request: Request, reply: Reply): Later<{ readonly admitted: Admitted; readonly wire: Wire } | undefined>;
  /** Refuses before anybody is proven. */
  refuse(reply: Reply, refusal: Refusal, retryAfterMs?: number): void;
};

/** Where a request's head is kept until its body has come: a property, because a WeakMap costs almost a microsecond per request. */
const plausible = Symbol("plausible");
type Marked = Request & { [plausible]?: Plausible };

/** Gives back what was reserved for the body of a request that is answered without having been admitted as a whole; its connection's end does so too. */
export function releaseBody(request: Marked): void {
  const head = request[plausible];
  if (head === undefined) return;
  offConnectionEnd(request.raw.socket, head.release);
  head.release();
}

/** What the scheduler would be offered, as far as the headers say. */
function workOf(task: AnyTask, { named, claim }: Plausible): Omit<WorkFacts, "signal"> {
  return { owner: named, group: task.id, deadlineMs: deadlineOf(task, claim.timeoutMs) };
}

/** The announced length of a body; undefined for one in chunks. */
function lengthOf({ "content-length": length, "transfer-encoding": coding }: IncomingHttpHeaders): number | undefined {
  if (length !== undefined) return Number(length);
  return coding === undefined ? 0 : undefined;
}

/** A gate for the dialects in `spoken`; requests in others are refused by their shape. `phrase` puts an early refusal in the words of the route. */
export function createGate(
  spoken: readonly RequestDialect[],
  { admission, scheduler, wires, onOutcome, peerOf, closed, send = sendRefusal }: AdmitModules,
  phrase: (refusal: Refusal) => Refusal = (refusal) => refusal,
): Gate {
  const refuse: Gate["refuse"] = (reply, refusal, retryAfterMs) => {
    onOutcome(refusal.outcome);
    send(reply, phrase(refusal), retryAfterMs);
  };

  return {
    refuse,
    head: (request: Marked, reply, task) => {
      const why = closed?.();
      if (why !== undefined) {
        refuse(reply, why);
        return false;
      }
      const { headers, socket } = request.raw;
      const verdict = admission.head({
        headers,
        contentLength: lengthOf(headers),
        address: socket.remoteAddress ?? "",
        peer: peerOf?.(socket),
      });
      if (verdict.kind === "refused") {
        refuse(reply, verdict.refusal, verdict.retryAfterMs);
        return false;
      }
      if (!spoken.includes(verdict.dialect.name)) {
        verdict.release();
        refuse(reply, refusals.malformed);
        return false;
      }
      // Before anything of ours that could throw: from here on `releaseBody` gives back what is reserved.
      request[plausible] = verdict;
      const busyMs = task !== undefined && verdict.known ? scheduler.refusesNow(workOf(task, verdict)) : undefined;
      if (busyMs !== undefined) {
        verdict.release();
        refuse(reply, refusals.busy, busyMs);
        return false;
      }
      onConnectionEnd(socket, verdict.release);
      return true;
    },
    whole: (request: Marked, reply) => {
      const head = request[plausible];
      const make = head === undefined ? undefined : wires[head.dialect.name];
      if (head === undefined || make === undefined) {
        releaseBody(request);
        refuse(reply, refusals.malformed);
        return undefined;
      }
      const { method = "", url: target = "", headers } = request.raw;
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      // Where the connection proves the sender only answers are bound to the body, and without a nonce none is.
      const isBound = head.dialect.name !== "tls" || head.claim.requestNonce !== "";
      const bodySha256 = isBound ? sha256Hex(body) : "";
      return whenReady(admission.whole(head, { method, target, headers, body, bodySha256 }), (verdict) => {
        releaseBody(request);
        const wire = make({ headers, body });
        if (verdict.kind === "admitted") return { admitted: verdict, wire };
        onOutcome(verdict.refusal.outcome);
        wire.refuse(reply, verdict.refusal, verdict);
        return undefined;
      });
    },
  };
}
