import type { KeyObject } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { appError, errorMessage } from "../../errors/app-error.ts";
import { makeTlsKey, parseTlsKey } from "./make-certificate.ts";

/**
 * The TLS key in a file, made with mode 0600 when there is none: a process that keeps its key needs no new announcement when it starts again. Throws
 * E_TLS_KEYFILE for a file that others can read or that cannot be read or written, E_TLS_CERTIFICATE for one that holds no usable key.
 */
export async function openTlsKeyFile(path: string): Promise<KeyObject> {
  const made = makeTlsKey();
  try {
    await writeFile(path, made.export({ format: "pem", type: "pkcs8" }), { mode: 0o600, flag: "wx" });
    return made;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST"))
      throw appError("E_TLS_KEYFILE", { path, problem: errorMessage(error) }, { cause: error });
  }
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) throw appError("E_TLS_KEYFILE", { path, problem: "others can read it" });
    return parseTlsKey(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("E_TLS")) throw error;
    throw appError("E_TLS_KEYFILE", { path, problem: errorMessage(error) }, { cause: error });
  }
}
