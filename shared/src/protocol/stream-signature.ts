import { createHash } from "node:crypto";
import { type Keypair, type KeyScheme, verifySignature } from "../crypto/keypair.ts";
import { decodeAddress } from "../crypto/ss58.ts";
import { hexToBytes, utf8 } from "../util/bytes.ts";
import type { SignedResponse } from "./response-signature.ts";

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

/** Whom a stream answers: the request and its sender. */
export type StreamAddressee = Pick<SignedResponse, "requestNonce" | "validator">;

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

/** A signer for the stream that answers one request. */
export function createStreamSigner({
  keypair,
  ...addressee
}: StreamAddressee & { readonly keypair: Keypair }): StreamSigner {
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
      const signature = Buffer.from(keypair.sign(streamMessage(end, addressee, keypair.address))).toString("hex");
      const data = JSON.stringify({ ...end, hotkey: keypair.address, signature: `0x${signature}` });
      return Buffer.from(`${trailerPrefix}${data}\n\n`, "utf8");
    },
  };
}

/** True when this very miner ended the stream that answers this very request in this way. Never throws on what a peer sent. */
export function verifyStreamEnd(
  end: StreamEnd,
  signature: string,
  {
    miner,
    scheme = "sr25519",
    ...addressee
  }: StreamAddressee & { readonly miner: string; readonly scheme?: KeyScheme },
): boolean {
  if (!/^0x[0-9a-f]{128}$/.test(signature)) return false;
  return verifySignature(scheme, streamMessage(end, addressee, miner), hexToBytes(signature), decodeAddress(miner));
}

/** The bytes that are signed: eight lines, no newline at the end. */
function streamMessage(end: StreamEnd, { requestNonce, validator }: StreamAddressee, miner: string): Uint8Array {
  const { status, count, sha256, code } = end;
  return utf8(["subnetkit-stream/1", requestNonce, validator, miner, status, count, sha256, code].join("\n"));
}
