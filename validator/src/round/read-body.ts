import type { Readable } from "node:stream";

/** A body read to its end, or the news that it is longer than allowed. */
export type BodyRead = { readonly kind: "complete"; readonly bytes: Buffer } | { readonly kind: "too-large" };

/** Reads a body, counting while it comes: at the first byte past `maxBytes` the stream is destroyed. Rejects as the stream does. */
export async function readBody(stream: Readable, maxBytes: number, announced: number | undefined): Promise<BodyRead> {
  const tooLarge = (): BodyRead => {
    // A destroyed undici body emits an error that nobody is left to hear.
    stream.on("error", () => undefined);
    stream.destroy();
    return { kind: "too-large" };
  };
  if (announced !== undefined && announced > maxBytes) return tooLarge();
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > maxBytes) return tooLarge();
    chunks.push(chunk);
  }
  return { kind: "complete", bytes: Buffer.concat(chunks, total) };
}
