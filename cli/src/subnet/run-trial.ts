import path from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { type AppError, appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import { errorOf, type FromTrial, type TrialOrder, type TrialResult } from "./trial-messages.ts";

/** A thread that says nothing for so long is held by a call that does not come back: no challenge, answer or score has more time in a round. */
const SILENT_MS = 10_000;

/** Where a build keeps the thread's code. */
export function trialWorkerUrl(dist: string): URL {
  return pathToFileURL(path.join(dist, "subnet-trial.js"));
}

/**
 * Tries a compiled subnet in a thread of its own: its author's code cannot hold up this process, and nothing that it prints gets among the answers on
 * stdout. Throws the code of what is wrong with the subnet, and E_SUBNET_STUCK for a call that does not come back.
 */
export async function runTrial(
  order: TrialOrder,
  { workerUrl, silentMs = SILENT_MS }: { readonly workerUrl: URL; readonly silentMs?: number },
): Promise<TrialResult> {
  const worker = new Worker(workerUrl, { workerData: order, name: "trial", stdout: true });
  worker.stdout.pipe(process.stderr, { end: false });
  let call = "its code";
  const stuck = (problem: string): AppError =>
    appError("E_SUBNET_STUCK", { file: path.relative(order.root, order.source.definition), call, problem });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      worker.on("message", (message: FromTrial) => {
        if (message.kind === "done") return resolve(message.result);
        if (message.kind === "failed") return reject(errorOf(message.error));
        if (message.kind === "at") call = message.call;
        clearTimeout(timer);
        timer = setTimeout(() => reject(stuck(`did not come back within ${silentMs / 1_000} s`)), silentMs);
      });
      worker.on("error", (error) => reject(stuck(`ended its thread: ${errorMessage(error)}`)));
      worker.on("exit", () => reject(stuck("ended its thread")));
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
