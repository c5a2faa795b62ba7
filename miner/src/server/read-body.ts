import type { IncomingMessage } from "node:http";
import type { FastifyRequest } from "fastify";
import { type Refusal, refusals } from "../admission/refusal.ts";
import type { RequestOutcome } from "../metrics.ts";
import { faultOf } from "./client-error.ts";

/** Chunks that a body may begin with, however small; from then on they must have so many bytes on average. */
const freeChunks = 256;
const leastChunkBytes = 64;

const noBytes = Buffer.alloc(0);

/**
 * Reads a body of so many bytes at most, as it is, whatever type it is said to have: nothing is parsed before its signature is verified. Calls one of the two,
 * once. Pieces are copied together as they come: kept until the body is whole, chunks of one byte take two hundred times the memory that the body is
 * counted as. A body of nothing but tiny chunks is too large, because each costs a microsecond.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  { whole, broken }: { readonly whole: (body: Buffer) => void; readonly broken: (refusal: Refusal) => void },
): void {
  const announced = request.headers["content-length"] === undefined ? -1 : Number(request.headers["content-length"]);
  let body: Buffer = noBytes;
  let length = 0;
  let pieces = 0;

  const leave = (): void => {
    request.off("data", onData);
    request.off("end", onEnd);
    request.off("error", onError);
    // What still comes of it is dropped; without a listener an error would end the process.
    request.on("error", () => undefined);
    request.resume();
  };
  const onData = (piece: Buffer): void => {
    pieces++;
    const isTiny = announced < 0 && pieces > freeChunks && length < pieces * leastChunkBytes;
    if (isTiny || length + piece.length > maxBytes) {
      leave();
      broken(refusals.tooLarge);
      return;
    }
    // Nearly every body comes in one piece.
    if (piece.length === announced) body = piece;
    else {
      body = roomFor(body, length, Math.max(announced, length + piece.length), maxBytes);
      piece.copy(body, length);
    }
    length += piece.length;
  };
  const onEnd = (): void => whole(body.length === length ? body : body.subarray(0, length));
  const onError = (): void => {
    leave();
    broken(refusals.malformed);
  };
  request.on("data", onData);
  request.on("end", onEnd);
  request.on("error", onError);
}

/** How a request is counted whose body broke off: there is nothing wrong with the shape of one whose caller is gone, or was too slow, or garbled its chunks. */
export function outcomeOf({ outcome }: Refusal, request: IncomingMessage): RequestOutcome {
  return outcome === "shape" && request.socket.destroyed ? (faultOf(request.socket) ?? "hung_up") : outcome;
}

/** Never more than a body may have: so much is reserved for it. */
function roomFor(body: Buffer, length: number, bytes: number, maxBytes: number): Buffer {
  if (bytes <= body.length) return body;
  const larger = Buffer.allocUnsafeSlow(Math.min(maxBytes, Math.max(bytes, 2 * body.length)));
  body.copy(larger, 0, 0, length);
  return larger;
}

/** The same as a parser of the framework. */
export function bodyParser(
  maxBytes: number,
): (request: FastifyRequest, payload: IncomingMessage, done: (error: Error | null, body?: Buffer) => void) => void {
  return (_request, payload, done) =>
    readBody(payload, maxBytes, {
      whole: (body) => done(null, body),
      broken: ({ code, status }) => done(Object.assign(new Error(code), { statusCode: status })),
    });
}
