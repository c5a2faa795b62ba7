import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { appError } from "@subnetkit/shared/errors/app-error";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import { loadSubnetDefinition } from "@subnetkit/shared/subnet/load";
import { type FromThread, plainError, plainResult, type ThreadData } from "./messages.ts";
import { progressWriter } from "./progress.ts";
import { type RoundInput, scoreHere } from "./round-scorer.ts";

/** A thread that scores one round after the other, and leaves word of the call of the author's code that it is in. */
async function serveRounds({ definition, progress }: ThreadData, port: MessagePort): Promise<void> {
  const send = (message: FromThread): void => port.postMessage(message);
  const onCall = progressWriter(progress);
  let subnet: SubnetDefinition;
  try {
    subnet = await loadSubnetDefinition(definition);
  } catch (error) {
    send({ kind: "failed", error: plainError(error) });
    port.close();
    return;
  }
  port.on("message", (input: RoundInput) => {
    scoreHere(subnet, input, { onCall }).then(
      (result) => send({ kind: "scored", result: plainResult(result, input) }),
      (error: unknown) => send({ kind: "failed", error: plainError(error) }),
    );
  });
  send({ kind: "ready" });
}

if (parentPort === null) throw appError("E_INTERNAL", { what: "the scoring thread was started as a process" });
await serveRounds(workerData as ThreadData, parentPort);
