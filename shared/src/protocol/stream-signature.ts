import { createHash } from "node:crypto";
import { type Keypair, type KeyScheme, verifySignature } from "../crypto/keypair.ts";
import { decodeAddress } from "../crypto/ss58.ts";
import { hexToBytes, utf8 } from "../util/bytes.ts";
import type { AnsweredRequest } from "./response-signature.ts";

/**
 * Signed streams, an extension of ours as signed responses are. A stream is server-sent events: `data: <JSON>` for each chunk, and at the end one
 * event `trailer` whose signature covers everything before it. What is cut off, or changed on the way, has no valid trailer. The first line of the
 * signed text differs from that of a plain response, so neither can pass for the other.
 */

/** Content type of a stream, in requests (`accept`) as in replies. */
export const streamContentType = "text/event-stream";

/** How the last event begins. */
export const trailerPrefix = "event: trailer\ndata: ";

/** Bytes of an event beside its JSON: `data: ` and two newlines. They count towards the size limit of a response. */
export const chunkFrameBytes = 8;

/** Longest last event that is read. */
export const maxTrailerBytes = 1_024;

/** The form of a trailer, stated in it. */
export const trailerVersion = 2;

/** How a stream ended. */
export type StreamEnd = {
  /** 200, or the status the request would have been refused with, had the error come before the first chunk. */
  readonly status: number;
  /** Number of chunks. */
  readonly count: number;
  /** SHA-256 of all bytes before the last event, 64 lower-case hex digits. */
  readonly sha256: string;
  /** Code of the error, empty after a success. */
  readonly code: string;
};

/** Frames and signs one stream. */
export type StreamSigner = {
  /** The bytes of one chunk, given as JSON text. */
  chunk(json: string): Buffer;
  /** The bytes of the last event. */
  trailer(status: number, code?: string): Buffer;
};

/**
 * A signer for the stream that answers one request. One without a nonce is bound to nothing: its trailer says how it ended, and names and proves nobody, or
 * it would pass for the answer to every other request without a nonce that says the same.
 */
export function createStreamSigner({
  keypair,
  ...addressee
}: AnsweredRequest & { readonly keypair: Keypair }): StreamSigner {
  const hash = createHash("sha256");
  let count = 0;
  return {
    chunk: (json) => {
      const frame = Buffer.from(`data: ${json}\n\n`, "utf8");
      hash.update(frame);
      count++;
      return frame;
    },
    trailer: (status, code = "") => {
      const end: StreamEnd = { status, count, sha256: hash.copy().digest("hex"), code };
      const data = JSON.stringify({ version: trailerVersion, ...end, ...signatureOf(end, addressee, keypair) });
      return Buffer.from(`${trailerPrefix}${data}\n\n`, "utf8");
    },
  };
}

function signatureOf(
  end: StreamEnd,
  answered: AnsweredRequest,
  keypair: Keypair,
): { readonly hotkey: string; readonly signature: string } | undefined {
  if (answered.requestNonce === "") return undefined;
  const signature = Buffer.from(keypair.sign(streamMessage(end, answered, keypair.address))).toString("hex");
  return { hotkey: keypair.address, signature: `0x${signature}` };
}

/** True when this very miner ended the stream that answers this very request in this way; a request without a nonce is no particular one. Never throws on what a peer sent. */
export function verifyStreamEnd(
  end: StreamEnd,
  signature: string,
  {
    miner,
    scheme = "sr25519",
    ...addressee
  }: AnsweredRequest & { readonly miner: string; readonly scheme?: KeyScheme },
): boolean {
  if (addressee.requestNonce === "" || !/^0x[0-9a-f]{128}$/.test(signature)) return false;
  return verifySignature(scheme, streamMessage(end, addressee, miner), hexToBytes(signature), decodeAddress(miner));
}

/** The bytes that are signed: ten lines, no newline at the end. */
function streamMessage(end: StreamEnd, answered: AnsweredRequest, miner: string): Uint8Array {
  const { requestNonce, validator, target, requestSha256 } = answered;
  const { status, count, sha256, code } = end;
  const lines = ["subnetkit-stream/2", requestNonce, validator, miner, target, requestSha256];
  return utf8([...lines, status, count, sha256, code].join("\n"));
}
