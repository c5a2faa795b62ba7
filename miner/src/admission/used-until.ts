import { readFile } from "node:fs/promises";
import { errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { z } from "zod";
import { replaceFile } from "./replace-file.ts";

/** Up to when the requests were signed that a miner has let in, and by which clock, kept for the next process with the same hotkey. */
export type UsedNote = {
  /** Unix nanoseconds. */
  readonly usedUntilNs: bigint;
  /** Milliseconds of the clock that goes on from one process to the next, until the machine is started anew; undefined where the note has none. */
  readonly uptimeMs: number | undefined;
  /** Unix milliseconds at that time. */
  readonly clockMs: number;
};

export type UsedUntil = {
  /** Undefined where nobody knows. */
  load(): Promise<UsedNote | undefined>;
  save(note: UsedNote): Promise<void>;
};

const fileSchema = z
  .object({
    usedUntilNs: z.string().regex(/^\d{1,20}$/),
    uptimeMs: z.number().optional(),
    clockMs: z.number().default(0),
  })
  .transform(({ usedUntilNs, uptimeMs, clockMs }) => ({ usedUntilNs: BigInt(usedUntilNs), uptimeMs, clockMs }));

/** In a file (mode 0600). One that cannot be read or written is said, once for each reason, and nothing else. */
export function usedUntilFile(file: string, { log }: { readonly log: Logger }): UsedUntil {
  const said = new Set<unknown>();
  const failed = (error: unknown): undefined => {
    const code = (error as { code?: unknown } | null)?.code;
    if (code === "ENOENT" || said.has(code)) return;
    said.add(code);
    log.warn({ file, reason: errorMessage(error) }, "what was let in is not known to the next process");
  };
  return {
    load: () =>
      readFile(file, "utf8")
        .then((text) => fileSchema.parse(JSON.parse(text)))
        .catch(failed),
    save: async ({ usedUntilNs, uptimeMs, clockMs }) => {
      try {
        await replaceFile(file, JSON.stringify({ usedUntilNs: String(usedUntilNs), uptimeMs, clockMs }));
      } catch (error) {
        failed(error);
      }
    },
  };
}
