import { parentPort, workerData } from "node:worker_threads";
import { errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import { createLogger } from "@subnetkit/shared/log/logger";
import type { Tensor } from "@subnetkit/shared/runtime/model-runtime";
import type { FromThread, ThreadData, ThreadError, ToThread } from "./messages.ts";
import { openThreadHost, type ThreadHost } from "./thread-host.ts";

/** A thread that holds one model: loads it, says so, and answers calls until it is told to close. */
async function serveModel(data: ThreadData, port: NonNullable<typeof parentPort>): Promise<void> {
  const send = (message: FromThread, transfer: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, [...transfer]);
  let host: ThreadHost;
  try {
    host = await openThreadHost(data, createLogger({ name: "model-thread", level: "warn" }));
  } catch (error) {
    send({ kind: "unloadable", error: plainError(error) });
    port.close();
    return;
  }
  const generations = new Map<number, AbortController>();

  const run = async (id: number, inputs: Readonly<Record<string, Tensor>>): Promise<void> => {
    const { outputs, runMs } = await host.run(inputs);
    // Copies: memory that belongs to a native library cannot be moved.
    const copies = Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() } as Tensor]),
    );
    const buffers = Object.values(copies).map(({ data }) => data.buffer as ArrayBuffer);
    send({ kind: "done", id, result: { kind: "tensors", outputs: copies, runMs } }, buffers);
  };
  const generate = async (message: ToThread & { kind: "generate" }): Promise<void> => {
    const stop = new AbortController();
    generations.set(message.id, stop);
    try {
      for await (const piece of host.generate(message.request, stop.signal)) {
        send({ kind: "piece", id: message.id, piece });
      }
      send({ kind: "done", id: message.id, result: { kind: "end" } });
    } finally {
      generations.delete(message.id);
    }
  };
  const fail = (id: number) => (error: unknown) => send({ kind: "failed", id, error: plainError(error) });

  port.on("message", (message: ToThread) => {
    switch (message.kind) {
      case "run":
        run(message.id, message.inputs).catch(fail(message.id));
        return;
      case "generate":
        generate(message).catch(fail(message.id));
        return;
      case "cancel":
        generations.get(message.id)?.abort(new Error("the caller gave up"));
        return;
      case "close":
        port.close();
        void host.close();
    }
  });
  send({ kind: "loaded", facts: host.facts });
}

function plainError(error: unknown): ThreadError {
  if (!isAppError(error)) return { message: errorMessage(error) };
  const data = Object.fromEntries(Object.entries(error.data).filter(([, value]) => isPlain(value)));
  return { code: error.code, data, message: error.message };
}

function isPlain(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

if (parentPort !== null) await serveModel(workerData as ThreadData, parentPort);
