import type { z } from "zod";
import { errorMessage } from "../errors/app-error.ts";
import type { AnyTask } from "./define-task.ts";

/**
 * How a task is answered piece by piece. Its solver is then an async generator that yields chunks; a validator that asks for a stream gets each as
 * it comes, everybody else the assembled response, and a scorer sees nothing but the latter.
 */
export type Streaming<Chunk extends z.ZodType, Res extends z.ZodType> = {
  /** Schema of one chunk. Bound it as you bound a response. */
  readonly chunk: Chunk;
  /** The response that these chunks add up to, pure and in their order. Without it the last chunk is the response. */
  assemble?(chunks: readonly z.output<Chunk>[]): z.input<Res>;
};

/** What a solver may return for a task that streams; nothing for one that does not. */
export type ChunksOf<T extends AnyTask> =
  NonNullable<T["streaming"]> extends { readonly chunk: infer Chunk }
    ? [Chunk] extends [never]
      ? never
      : Chunk extends z.ZodType
        ? AsyncIterable<z.input<Chunk>>
        : never
    : never;

/** The response that chunks add up to, or why there is none. */
export type Assembled =
  | { readonly kind: "assembled"; readonly value: unknown }
  | { readonly kind: "unusable"; readonly problem: string };

/** True for what an async generator function returns. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/**
 * Puts the chunks of a stream together. Never throws on what a peer sent: chunks that do not fit the schema, or that the author's `assemble` cannot
 * digest, are unusable. The result has yet to be checked against the response schema.
 */
export function assembleResponse({ streaming }: AnyTask, chunks: readonly unknown[]): Assembled {
  if (streaming === undefined) return { kind: "unusable", problem: "the task does not stream" };
  const parsed: unknown[] = [];
  for (const [i, chunk] of chunks.entries()) {
    const result = streaming.chunk.safeParse(chunk);
    if (!result.success) return { kind: "unusable", problem: `chunk ${i} does not fit: ${firstIssue(result.error)}` };
    parsed.push(result.data);
  }
  if (streaming.assemble === undefined) {
    return parsed.length === 0
      ? { kind: "unusable", problem: "there is no chunk" }
      : { kind: "assembled", value: parsed.at(-1) };
  }
  try {
    return { kind: "assembled", value: streaming.assemble(parsed) };
  } catch (error) {
    return { kind: "unusable", problem: `assemble threw: ${errorMessage(error)}` };
  }
}

function firstIssue({ issues }: z.ZodError): string {
  const issue = issues[0];
  return `${issue?.path.join(".") || "the chunk"}: ${issue?.message ?? "does not fit"}`;
}
