import { parentPort, Worker, workerData } from "node:worker_threads";
import { errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import { createLogger } from "@subnetkit/shared/log/logger";
import type { Tensor } from "@subnetkit/shared/runtime/model-runtime";
import type { FromThread, ThreadData, ThreadError, ToThread } from "./messages.ts";
import { openThreadHost, type ThreadHost } from "./thread-host.ts";

/** What the owner is reached by. */
type Port = {
  readonly data: ThreadData;
  send(message: FromThread, transfer?: readonly ArrayBuffer[]): void;
  onMessage(take: (message: ToThread) => void): void;
  /** Nothing is sent or received any more: the thread or process ends. */
  close(): void;
};

/** A thread or process that holds one model: loads it, says so, and answers calls until it is told to close. */
async function serveModel(port: Port): Promise<void> {
  const { data, send } = port;
  let host: ThreadHost;
  try {
    const log = createLogger({ name: "model-thread", level: "warn" });
    host = await openThreadHost(data, { log, onTrying: (provider) => send({ kind: "trying", provider }) });
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
  const fail = (id: number) => async (error: unknown) => {
    const problem = await host.broken(error);
    if (problem === undefined) send({ kind: "failed", id, error: plainError(error) });
    else send({ kind: "broken", problem });
  };

  port.onMessage((message) => {
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
        void host.close().finally(port.close);
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

function threadPort(parent: NonNullable<typeof parentPort>): Port {
  return {
    data: workerData as ThreadData,
    send: (message, transfer = []) => parent.postMessage(message, [...transfer]),
    onMessage: (take) => parent.on("message", take),
    close: () => parent.close(),
  };
}

/** Native code that hangs keeps this thread from hearing that the owner was killed; another one sees it, and costs 5 MB. */
const endWithOwner = `
const { workerData: owner } = require("node:worker_threads");
setInterval(() => process.ppid !== owner && process.kill(process.pid, "SIGKILL"), 500);
`;

function processPort(): Port {
  // The owner ends this process, or vanishes; a signal to the whole group is his to hear.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
  process.on("disconnect", () => process.exit());
  if (!process.connected) process.exit();
  new Worker(endWithOwner, { eval: true, workerData: process.ppid, name: "owner" }).unref();
  return {
    data: JSON.parse(process.argv[2] as string) as ThreadData,
    send: (message) => {
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
    },
    onMessage: (take) => process.on("message", (message) => take(message as ToThread)),
    // When what was sent is out.
    close: () => process.disconnect(),
  };
}

await serveModel(parentPort === null ? processPort() : threadPort(parentPort));
