import { Worker } from "node:worker_threads";
import { type AppError, appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import { isErrorCode } from "@subnetkit/shared/errors/registry";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { TextPiece } from "@subnetkit/shared/runtime/text-model";
import { backoff } from "@subnetkit/shared/util/backoff";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import type { CallResult, FromThread, ThreadData, ThreadError, ThreadFacts, ToThread } from "./messages.ts";

/** A thread of its own for one model. */
export type ModelThread = {
  /** What the thread said of its model, last. */
  facts(): ThreadFacts;
  /**
   * Sends a call and waits for its end. Rejects with the model's own error, with E_MODEL_THREAD when the thread dies meanwhile or cannot be started
   * again yet, with E_TIMEOUT after the deadline, and with E_ABORTED when the signal fires.
   */
  call(
    message: (id: number) => ToThread,
    options?: {
      readonly transfer?: readonly ArrayBuffer[];
      readonly signal?: AbortSignal;
      readonly onPiece?: (piece: TextPiece) => void;
    },
  ): Promise<CallResult>;
  close(): Promise<void>;
};

/** How threads are made. */
export type ThreadOptions = {
  /** The bundled model-worker.ts. */
  readonly workerUrl: URL;
  /** Longest time for loading, and for one call. */
  readonly loadMs?: number;
  readonly callMs?: number;
  /** The wait before a thread that died is started again, after the first time. */
  readonly restart?: { readonly minMs: number; readonly maxMs: number };
};

type Call = {
  readonly resolve: (result: CallResult) => void;
  readonly reject: (error: unknown) => void;
  readonly onPiece: ((piece: TextPiece) => void) | undefined;
};

type Live = { readonly worker: Worker; readonly facts: ThreadFacts };

const closeMs = 2_000;

/**
 * Starts a thread, loads the model in it and waits until it is warm. A thread that dies fails the calls it had and is started again: at once the first
 * time, then after growing waits, until a call has succeeded. Throws the coded errors of the model's runtime when it cannot be loaded at first.
 */
export async function openModelThread(
  data: ThreadData,
  { workerUrl, loadMs = 300_000, callMs = 600_000, restart: waits = { minMs: 1_000, maxMs: 60_000 } }: ThreadOptions,
  modules: { readonly log: Logger; readonly onRestart?: () => void },
): Promise<ModelThread> {
  const { log } = modules;
  const calls = new Map<number, Call>();
  let nextId = 0;
  let closed = false;
  let deaths = 0;
  let timer: NodeJS.Timeout | undefined;
  let worker: Worker | undefined;

  const gone = (problem: string): AppError => appError("E_MODEL_THREAD", { model: data.file, problem });

  const start = (): Promise<Live> => {
    const made = new Worker(workerUrl, { workerData: data, name: "model" });
    worker = made;
    let problem = "it ended";
    let loaded = false;
    const loading = new Promise<Live>((resolve, reject) => {
      made.on("error", (error) => {
        problem = errorMessage(error);
      });
      made.on("exit", () => {
        const error = gone(problem);
        reject(error);
        if (loaded) onDeath(error);
      });
      made.on("message", (message: FromThread) => {
        if (message.kind === "loaded") {
          loaded = true;
          resolve({ worker: made, facts: message.facts });
        } else if (message.kind === "unloadable") reject(errorOf(message.error));
        else onAnswer(message);
      });
    });
    return withTimeout(loading, loadMs, "Loading a model in its thread").catch(async (error: unknown) => {
      await made.terminate();
      throw error;
    });
  };

  const onAnswer = (message: Exclude<FromThread, { kind: "loaded" | "unloadable" }>): void => {
    const call = calls.get(message.id);
    if (call === undefined) return;
    if (message.kind === "piece") {
      call.onPiece?.(message.piece);
      return;
    }
    calls.delete(message.id);
    deaths = 0;
    if (message.kind === "done") call.resolve(message.result);
    else call.reject(errorOf(message.error));
  };

  const onDeath = (error: AppError): void => {
    for (const call of calls.values()) call.reject(error);
    calls.clear();
    if (closed) return;
    log.error({ model: data.file, reason: error.message }, "a model's thread died, starting it again");
    modules.onRestart?.();
    restart();
  };

  const restart = (): void => {
    const waitMs = deaths === 0 ? 0 : backoff(deaths - 1, waits);
    deaths++;
    current = undefined;
    if (waitMs === 0) begin();
    else timer = setTimeout(begin, waitMs);
  };

  const begin = (): void => {
    current = start();
    current.then(
      (live) => {
        facts = live.facts;
      },
      (error: unknown) => {
        if (closed) return;
        log.error({ model: data.file, reason: errorMessage(error) }, "a model's thread cannot be started again");
        restart();
      },
    );
  };

  const first = await start();
  let facts = first.facts;
  /** Undefined while the next start is waited for. */
  let current: Promise<Live> | undefined = Promise.resolve(first);

  const call: ModelThread["call"] = async (message, { transfer = [], signal, onPiece } = {}) => {
    if (closed) throw appError("E_MODEL_INPUT", { model: data.file, problem: "it is closed" });
    if (current === undefined) throw gone("it is started again soon");
    const live = await withTimeout(current, loadMs, "Waiting for a model's thread", signal);
    const id = nextId++;
    const answer = new Promise<CallResult>((resolve, reject) => {
      calls.set(id, { resolve, reject, onPiece });
      live.worker.postMessage(message(id), [...transfer]);
    });
    try {
      return await withTimeout(answer, callMs, "A run in a model's thread", signal);
    } finally {
      if (calls.delete(id)) live.worker.postMessage({ kind: "cancel", id } satisfies ToThread);
    }
  };

  return {
    facts: () => facts,
    call,
    close: async () => {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      const last = worker as Worker;
      for (const { reject } of calls.values()) reject(gone("the model was closed"));
      calls.clear();
      const ended = new Promise<void>((resolve) => {
        last.once("exit", () => resolve());
        if (last.threadId === -1) resolve();
      });
      last.postMessage({ kind: "close" } satisfies ToThread);
      await withTimeout(ended, closeMs, "Closing a model's thread").catch(() => last.terminate());
    },
  };
}

function errorOf({ code, data, message }: ThreadError): Error {
  return code !== undefined && isErrorCode(code) ? appError(code, { ...data }) : new Error(message);
}
