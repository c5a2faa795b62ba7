import { type ChildProcess, fork } from "node:child_process";
import { Worker } from "node:worker_threads";
import { environmentWithoutSettings } from "@subnetkit/shared/config/process-env";
import { errorMessage } from "@subnetkit/shared/errors/app-error";
import type { FromThread, ThreadData, ToThread } from "./messages.ts";

/** What carries a model: a thread of this process, or a process of its own. */
export type CarrierKind = "thread" | "process";

/** A thread or a process that holds one model, as its owner sees it. */
export type Carrier = {
  /** Arrays in `transfer` are moved to a thread, and copied to a process. Does nothing once the carrier has ended. */
  send(message: ToThread, transfer?: readonly ArrayBuffer[]): void;
  /** Ends it, whatever it is doing. */
  kill(): Promise<void>;
  /** Resolves when it has ended and its last message has been handed on. */
  readonly ended: Promise<void>;
};

/** Who hears of what a carrier does. */
export type CarrierEvents = {
  readonly onMessage: (message: FromThread) => void;
  /** Once, after the last message: why it ended, in words. */
  readonly onEnd: (problem: string) => void;
};

/** Most characters kept of what a process last wrote to its error output. */
const lastWords = 500;

/** Starts one with the bundled model-worker.ts. */
export function startCarrier(kind: CarrierKind, workerUrl: URL, data: ThreadData, events: CarrierEvents): Carrier {
  return kind === "thread" ? startThread(workerUrl, data, events) : startProcess(workerUrl, data, events);
}

function startThread(workerUrl: URL, data: ThreadData, { onMessage, onEnd }: CarrierEvents): Carrier {
  const worker = new Worker(workerUrl, { workerData: data, name: "model" });
  let problem = "it ended";
  worker.on("error", (error) => {
    problem = errorMessage(error);
  });
  worker.on("message", onMessage);
  const ended = new Promise<void>((resolve) => {
    worker.once("exit", () => {
      onEnd(problem);
      resolve();
    });
  });
  return {
    send: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    kill: async () => void (await worker.terminate()),
    ended,
  };
}

function startProcess(workerUrl: URL, data: ThreadData, { onMessage, onEnd }: CarrierEvents): Carrier {
  const child = fork(workerUrl, [JSON.stringify(data)], {
    serialization: "advanced",
    execArgv: [],
    // Native code of others runs there, and what it crashes with may be kept: it gets no key.
    env: environmentWithoutSettings(),
    // Drivers write to the error output what is no line of our log.
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  endWithUs(child);
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-lastWords);
  });
  child.on("message", (message) => onMessage(message as FromThread));
  const ended = new Promise<void>((resolve) => {
    const end = (how: string): void => {
      const words = said.trim();
      onEnd(words === "" ? how : `${how}, after: ${words}`);
      resolve();
    };
    // Not started at all; an error of sending comes here as well, and its end follows.
    child.on("error", (error) => {
      if (child.pid === undefined) end(errorMessage(error));
    });
    // After its pipes, so after its last message.
    child.once("close", (code, signal) => end(`it ended with ${signal ?? `exit code ${code}`}`));
  });
  return {
    send: (message) => {
      if (child.connected) child.send(message, () => undefined);
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
    ended,
  };
}

/** Processes that run now. */
const running = new Set<ChildProcess>();

/** Ends what still runs when this process exits, also while a model is loaded: a driver that hangs does not hear that its owner is gone. */
function endWithUs(child: ChildProcess): void {
  if (child.pid === undefined) return;
  if (running.size === 0) process.on("exit", killRunning);
  running.add(child);
  child.once("exit", () => {
    running.delete(child);
    if (running.size === 0) process.off("exit", killRunning);
  });
}

function killRunning(): void {
  for (const child of running) child.kill("SIGKILL");
}
