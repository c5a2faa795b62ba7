import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { readBody } from "@subnetkit/validator/round/read-body";

/** A whole answer, or the news that it is longer than allowed. `ms`: from sending to the last byte. */
export type Fetched =
  | {
      readonly kind: "whole";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Buffer;
      readonly ms: number;
    }
  | { readonly kind: "too-large"; readonly status: number; readonly ms: number };

/** One HTTP request, no redirect followed. Rejects when nobody answers, when the connection breaks, or at the deadline (a `TimeoutError`). */
export async function fetchBounded(
  url: string,
  request: {
    readonly method: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Uint8Array<ArrayBuffer>;
  },
  { deadlineMs, maxBytes }: { readonly deadlineMs: number; readonly maxBytes: number },
): Promise<Fetched> {
  const startedAt = performance.now();
  const response = await fetch(url, {
    method: request.method,
    // Asked for as validators ask for it: what something on the way has packed is not what was signed.
    headers: { "accept-encoding": "identity", ...request.headers },
    ...(request.body === undefined ? {} : { body: request.body }),
    redirect: "manual",
    signal: AbortSignal.timeout(deadlineMs),
  });
  const { status } = response;
  const stream = Readable.fromWeb((response.body as ReadableStream | null) ?? new Blob([]).stream());
  const read = await readBody(stream, maxBytes, undefined);
  const ms = performance.now() - startedAt;
  if (read.kind === "too-large") return { kind: "too-large", status, ms };
  return { kind: "whole", status, headers: Object.fromEntries(response.headers), body: read.bytes, ms };
}
