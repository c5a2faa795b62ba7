import { chunkFrameBytes } from "@subnetkit/shared/protocol/stream-signature";
import { type AnyTask, assembleResponse } from "@subnetkit/shared/subnet";

/** Takes the JSON text of a chunk as it comes; resolves when the next may follow. */
export type ChunkSink = (json: string) => Promise<void>;

/** What a solver's chunks add up to, or what is wrong with them. */
export type Collected =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "bad"; readonly problem: string };

/** A generator that never waits for anything would keep the process from everything else: after so long others have a turn. */
const turnMs = 8;

/**
 * Runs a solver's generator to its end, one chunk at a time and each only when the one before it was taken. Size counts as it does on the wire, so
 * that a stream that is too long fails the same way whether somebody watches it or not. Rejects with what the generator, the schema or JSON throws;
 * however it ends early, and when `signal` fires, the generator is told to return, and what it still yields is dropped.
 */
export async function collectChunks(
  task: AnyTask,
  stream: AsyncIterable<unknown>,
  { sink, signal }: { readonly sink?: ChunkSink | undefined; readonly signal: AbortSignal },
): Promise<Collected> {
  const bad = (problem: string): Collected => ({ kind: "bad", problem });
  const { streaming } = task;
  if (streaming === undefined) return bad("it is a stream, and the task has no `streaming`");
  const iterator = stream[Symbol.asyncIterator]();
  // In a promise of its own: an iterator that is no generator may throw here, or give no promise.
  const leave = (): void => {
    Promise.resolve()
      .then(() => iterator.return?.())
      .catch(() => undefined);
  };
  signal.addEventListener("abort", leave, { once: true });
  const chunks: unknown[] = [];
  let bytes = 0;
  let over = false;
  let startedMs = performance.now();
  try {
    for (;;) {
      const next = await iterator.next();
      if (signal.aborted) return bad("nobody waits for it any more");
      over = next.done === true;
      if (next.done === true) break;
      const parsed = streaming.chunk.safeParse(next.value);
      const json = parsed.success ? JSON.stringify(parsed.data) : undefined;
      if (!parsed.success || json === undefined)
        return bad(`a chunk does not fit: ${parsed.error?.issues[0]?.message ?? "it is not a JSON value"}`);
      bytes += Buffer.byteLength(json) + chunkFrameBytes;
      if (bytes > task.limits.maxResponseBytes)
        return bad(`its chunks have more than ${task.limits.maxResponseBytes} bytes`);
      if (streaming.assemble === undefined) chunks[0] = parsed.data;
      else chunks.push(parsed.data);
      await sink?.(json);
      if (performance.now() - startedMs < turnMs) continue;
      await new Promise((resolve) => setImmediate(resolve));
      startedMs = performance.now();
    }
  } finally {
    signal.removeEventListener("abort", leave);
    if (!over) leave();
  }
  const assembled = assembleResponse(task, chunks);
  return assembled.kind === "assembled" ? { kind: "value", value: assembled.value } : bad(assembled.problem);
}
