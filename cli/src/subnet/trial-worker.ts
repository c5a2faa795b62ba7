import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { appError, isAppError } from "@subnetkit/shared/errors/app-error";
import { loadBundled, thrownWords } from "../local/network/subnet-file.ts";
import { withSourceMaps } from "../system/source-maps.ts";
import { type FromTrial, plainError, type TrialOrder, type TrialResult } from "./trial-messages.ts";
import { tryChallenges } from "./try-challenges.ts";
import { tryVariants } from "./try-variants.ts";
import { watched } from "./watched.ts";

const ALIVE_MS = 250;

/** Tries a subnet, saying before each call of its author's code which one it is. */
async function trial({ source, files, root, challenges }: TrialOrder, port: MessagePort): Promise<void> {
  const send = (message: FromTrial): void => port.postMessage(message);
  const at = (call: string): void => send({ kind: "at", call });
  // Silent while the author's code holds the thread, and only then.
  setInterval(() => send({ kind: "alive" }), ALIVE_MS);
  try {
    at("loading it");
    const { definition, variants } = watched(await loadBundled(files, source, root), at);
    let results: TrialResult["variants"] = [];
    if (challenges === undefined) await tryChallenges(definition);
    else results = await tryVariants({ definition, variants }, challenges);
    send({ kind: "done", result: { name: definition.name, version: definition.version, variants: results } });
  } catch (error) {
    send({ kind: "failed", error: plainError(withPlace(error, root)) });
  }
}

/** With the place where code of the subnet threw, where an error does not say it yet. */
function withPlace(error: unknown, root: string): unknown {
  if (!isAppError(error) || "causeText" in error.data) return error;
  if (!(error.cause instanceof Error) || isAppError(error.cause)) return error;
  return appError(error.code, { ...error.data, causeText: thrownWords(error.cause, root) }, { cause: error.cause });
}

const port = parentPort;
if (port === null) throw appError("E_INTERNAL", { what: "the trial of a subnet was started as a process" });
await withSourceMaps(() => trial(workerData as TrialOrder, port));
