import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { z } from "zod";

/** Up to when the requests were signed that a miner has let in, kept for the next process with the same hotkey. */
export type UsedUntil = {
  /** Unix nanoseconds; undefined where nobody knows. */
  load(): Promise<bigint | undefined>;
  save(usedUntilNs: bigint): Promise<void>;
};

const fileSchema = z.object({ usedUntilNs: z.string().regex(/^\d{1,20}$/) });

/** In a file (mode 0600). One that cannot be read or written is said, and nothing else. */
export function usedUntilFile(file: string, { log }: { readonly log: Logger }): UsedUntil {
  const failed = (error: unknown): undefined => {
    if ((error as { code?: unknown } | null)?.code !== "ENOENT")
      log.warn({ file, reason: errorMessage(error) }, "what was let in is not known to the next process");
    return undefined;
  };
  return {
    load: () =>
      readFile(file, "utf8")
        .then((text) => BigInt(fileSchema.parse(JSON.parse(text)).usedUntilNs))
        .catch(failed),
    save: async (usedUntilNs) => {
      try {
        await mkdir(dirname(file), { recursive: true });
        await writeFile(`${file}.new`, JSON.stringify({ usedUntilNs: String(usedUntilNs) }), { mode: 0o600 });
        await rename(`${file}.new`, file);
      } catch (error) {
        failed(error);
      }
    },
  };
}
