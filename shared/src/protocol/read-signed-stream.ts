import { createHash } from "node:crypto";
import { z } from "zod";
import type { KeyScheme } from "../crypto/keypair.ts";
import { createEventSplitter } from "./event-splitter.ts";
import type { AnsweredRequest } from "./response-signature.ts";
import { maxTrailerBytes, type StreamEnd, trailerPrefix, trailerVersion, verifyStreamEnd } from "./stream-signature.ts";

/** What a stream is checked against. */
export type ReadSignedStreamOptions = AnsweredRequest & {
  /** SS58 hotkey of the miner that was asked, from the metagraph, not from the reply. */
  readonly miner: string;
  /** Scheme of the miner's hotkey, default sr25519. */
  readonly scheme?: KeyScheme;
  /** Most bytes before the last event: the task's `maxResponseBytes`. */
  readonly maxBytes: number;
  /** Sees each chunk as it comes, before anything is proven; the stream waits for it. */
  readonly onChunk?: (chunk: unknown) => void | Promise<void>;
};

/** What came of reading a stream. Chunks are given only where the miner's signature covers them. */
export type StreamOutcome =
  /** The whole stream, signed. */
  | { readonly kind: "complete"; readonly chunks: readonly unknown[] }
  /** The miner says, signed, that it failed on the way. */
  | { readonly kind: "failed"; readonly status: number; readonly code: string; readonly chunks: readonly unknown[] }
  | { readonly kind: "malformed"; readonly reason: StreamFault };

/** Why bytes are not a signed stream. `truncated`: no last event; `bad-signature` also covers a wrong hash, count or hotkey. */
export type StreamFault = "too-large" | "truncated" | "not-events" | "not-json" | "bad-signature" | "trailing-bytes";

const trailerSchema = z.object({
  version: z.literal(trailerVersion),
  status: z.int().min(100).max(599),
  count: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  code: z.string().max(64),
  hotkey: z.string(),
  signature: z.string(),
});

/**
 * Reads a signed stream to its end, within bounds: a miner decides neither how much is kept nor what is believed. Rejects only with what `source` or
 * `onChunk` throws; the caller sets the deadline by ending `source`, which is left (`return`) as soon as the outcome is known.
 */
export async function readSignedStream(
  source: AsyncIterable<Uint8Array>,
  { miner, scheme, maxBytes, onChunk, ...addressee }: ReadSignedStreamOptions,
): Promise<StreamOutcome> {
  const hash = createHash("sha256");
  const chunks: unknown[] = [];
  const splitter = createEventSplitter();
  const malformed = (reason: StreamFault): StreamOutcome => ({ kind: "malformed", reason });
  let bytes = 0;
  let end: Trailer | undefined;
  for await (const piece of source) {
    if (end !== undefined) return malformed("trailing-bytes");
    if (bytes + splitter.pending() + piece.length > maxBytes + maxTrailerBytes) return malformed("too-large");
    for (const event of splitter.push(piece)) {
      if (end !== undefined) return malformed("trailing-bytes");
      const text = event.toString("utf8");
      if (text.startsWith(trailerPrefix)) {
        end = readTrailer(text);
        if (end === undefined) return malformed("bad-signature");
        continue;
      }
      bytes += event.length;
      if (bytes > maxBytes) return malformed("too-large");
      hash.update(event);
      const data = dataOf(text);
      if (data === undefined) return malformed("not-events");
      const chunk = parseJson(data);
      if (chunk === undefined) return malformed("not-json");
      chunks.push(chunk.value);
      await onChunk?.(chunk.value);
    }
  }
  if (end === undefined) return malformed("truncated");
  if (splitter.pending() > 0) return malformed("trailing-bytes");
  const { status, count, sha256, code } = end;
  const whole = sha256 === hash.digest("hex") && count === chunks.length && end.hotkey === miner;
  const stated = { ...addressee, miner, ...(scheme === undefined ? {} : { scheme }) };
  if (!whole || !verifyStreamEnd({ status, count, sha256, code }, end.signature, stated))
    return malformed("bad-signature");
  return status === 200 ? { kind: "complete", chunks } : { kind: "failed", status, code, chunks };
}

type Trailer = StreamEnd & { readonly hotkey: string; readonly signature: string };

function readTrailer(text: string): Trailer | undefined {
  const data = parseJson(text.slice(trailerPrefix.length, -2));
  return data === undefined ? undefined : trailerSchema.safeParse(data.value).data;
}

/** The JSON text of a chunk's event; undefined for any other event. */
function dataOf(text: string): string | undefined {
  return text.startsWith("data: ") && !text.slice(0, -2).includes("\n") ? text.slice(6, -2) : undefined;
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
