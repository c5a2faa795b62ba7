import type { z } from "zod";

/**
 * What a schema makes of a value that somebody sent, or undefined where it does not fit. Never throws: a refinement of an author's that breaks on a value
 * has not been met by it, and one such value must not end the work on others.
 */
export function parseWith<T extends z.ZodType>(schema: T, value: unknown): { readonly data: z.output<T> } | undefined {
  try {
    const parsed = schema.safeParse(value);
    return parsed.success ? { data: parsed.data } : undefined;
  } catch {
    return undefined;
  }
}
