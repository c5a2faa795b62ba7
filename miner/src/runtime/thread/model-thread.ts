import { type AppError, appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import { isErrorCode } from "@subnetkit/shared/errors/registry";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { TextPiece } from "@subnetkit/shared/runtime/text-model";
import { backoff } from "@subnetkit/shared/util/backoff";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import type { OnnxProvider } from "../providers.ts";
import { type Carrier, type CarrierKind, startCarrier } from "./carrier.ts";
import type { CallResult, FromThread, ThreadData, ThreadError, ThreadFacts, ToThread } from "./messages.ts";

/** A thread, or a process, of its own for one model. */
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
  /** A process survives nothing less and costs more: for what runs on a GPU, whose driver may take everything with it. Default: a thread. */
  readonly carrier?: CarrierKind;
  /** Longest time for loading, and for one call. */
  readonly loadMs?: number;
  readonly callMs?: number;
  /** Longest silence while it has calls: it hangs then, and is ended with the next call. */
  readonly silentMs?: number;
  /** The wait before a thread that died is started again, after the first time. One that has run for the longest wait begins anew. */
  readonly restart?: { readonly minMs: number; readonly maxMs: number };
};

type Call = {
  readonly resolve: (result: CallResult) => void;
  readonly reject: (error: unknown) => void;
  readonly onPiece: ((piece: TextPiece) => void) | undefined;
};

/** What becomes of a thread. */
export type ThreadEvents = {
  readonly log: Logger;
  readonly onRestart?: () => void;
  /** It runs, at first or again, and on what; or it has died and cannot be asked until it runs again; or it was closed. */
  readonly onState?: (
    state: { readonly kind: "up"; readonly provider: string } | { readonly kind: "down" } | { readonly kind: "closed" },
  ) => void;
};

type Live = { readonly carrier: Carrier; readonly facts: ThreadFacts };

const closeMs = 2_000;
/** Deaths without an answer between them after which a provider is no longer tried, where there is another one. */
const mostDeaths = 3;

/**
 * Starts a thread or process, loads the model in it and waits until it is warm. One that dies fails the calls it had and is started again: at once the
 * first time, then after growing waits, until it has run for a while; a call that kills it must not keep the machine busy with starting. It loads the
 * same file then, by its hash. A provider that kills it while it is tried, or again and again afterwards without an answer, is left out. Throws the
 * coded errors of the model's runtime when it cannot be loaded at first.
 */
export async function openModelThread(
  data: ThreadData,
  {
    workerUrl,
    carrier: kind = "thread",
    loadMs = 300_000,
    callMs = 600_000,
    silentMs = 300_000,
    restart: waits = { minMs: 1_000, maxMs: 60_000 },
  }: ThreadOptions,
  { log, onRestart = () => undefined, onState = () => undefined }: ThreadEvents,
): Promise<ModelThread> {
  const calls = new Map<number, Call>();
  let nextId = 0;
  let closed = false;
  /** Starts since it last ran for long. */
  let restarts = 0;
  /** Deaths since the last answer. */
  let deaths = 0;
  let upSinceMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let last: Carrier | undefined;
  let { providers, sha256 } = data;
  /** What was tried last: what runs, once something does. */
  let trying: OnnxProvider | undefined;
  /** When a call was sent that nothing has been heard since. */
  let unheardSinceMs: number | undefined;

  const gone = (problem: string): AppError => appError("E_MODEL_THREAD", { model: data.file, problem });

  const startWith = (): Promise<Live> => {
    let loaded = false;
    let broken: string | undefined;
    let made: Carrier | undefined;
    const loading = new Promise<Live>((resolve, reject) => {
      const onMessage = (message: FromThread): void => {
        switch (message.kind) {
          case "trying":
            trying = message.provider;
            return;
          case "loaded":
            loaded = true;
            resolve({ carrier: made as Carrier, facts: message.facts });
            return;
          case "unloadable":
            reject(errorOf(message.error));
            return;
          case "broken":
            broken = message.problem;
            void made?.kill();
            return;
          default:
            onAnswer(message);
        }
      };
      const onEnd = (problem: string): void => {
        const error = gone(broken ?? problem);
        reject(error);
        if (loaded) onDeath(error);
      };
      made = startCarrier(kind, workerUrl, { ...data, providers, sha256 }, { onMessage, onEnd });
      last = made;
    });
    return withTimeout(loading, loadMs, "Loading a model in its thread").catch(async (error: unknown) => {
      if (made !== undefined) await end(made);
      throw error;
    });
  };

  /** Goes on with the next provider where one takes the thread with it, or hangs. */
  const start = async (): Promise<Live> => {
    for (;;) {
      trying = undefined;
      try {
        const live = await startWith();
        sha256 = live.facts.sha256;
        return live;
      } catch (error) {
        const fatal = isAppError(error, "E_MODEL_THREAD") || isAppError(error, "E_TIMEOUT");
        if (closed || !fatal || !leaveOut(errorMessage(error))) throw error;
      }
    }
  };

  /** Tries no more what was tried last. False where nothing would be left. */
  const leaveOut = (reason: string): boolean => {
    // WebAssembly counts as cpu, in no list perhaps.
    const at = trying === undefined ? -1 : providers.indexOf(trying);
    const rest = at < 0 ? [] : providers.slice(at + 1);
    if (rest.length === 0) return false;
    log.error(
      { model: data.file, provider: trying, reason },
      "an execution provider ends the thread of the model, trying the next",
    );
    providers = rest;
    // The next one has done nothing yet.
    restarts = 0;
    deaths = 0;
    return true;
  };

  const onAnswer = (message: Extract<FromThread, { readonly id: number }>): void => {
    const call = calls.get(message.id);
    unheardSinceMs = undefined;
    if (call === undefined) return;
    if (message.kind === "piece") {
      call.onPiece?.(message.piece);
    } else {
      calls.delete(message.id);
      if (message.kind === "done") {
        deaths = 0;
        call.resolve(message.result);
      } else call.reject(errorOf(message.error));
    }
    if (calls.size > 0) unheardSinceMs = performance.now();
  };

  const onDeath = (error: AppError): void => {
    for (const call of calls.values()) call.reject(error);
    calls.clear();
    unheardSinceMs = undefined;
    if (closed) return;
    log.error({ model: data.file, reason: error.message }, "a model's thread died, starting it again");
    onRestart();
    onState({ kind: "down" });
    if (performance.now() - upSinceMs > waits.maxMs) restarts = 0;
    if (++deaths > mostDeaths) leaveOut(error.message);
    restart();
  };

  const restart = (): void => {
    const waitMs = restarts === 0 ? 0 : backoff(restarts - 1, waits);
    restarts++;
    current = undefined;
    if (waitMs === 0) begin();
    else timer = setTimeout(begin, waitMs);
  };

  const begin = (): void => {
    // Whatever keeps it from starting, who asks meanwhile is told to ask again.
    current = start().catch((error: unknown) => {
      throw gone(`it cannot be started again: ${errorMessage(error)}`);
    });
    current.then(
      (live) => {
        if (closed) return;
        facts = live.facts;
        upSinceMs = performance.now();
        onState({ kind: "up", provider: facts.provider });
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
  upSinceMs = performance.now();
  /** Undefined while the next start is waited for. */
  let current: Promise<Live> | undefined = Promise.resolve(first);
  onState({ kind: "up", provider: facts.provider });

  const call: ModelThread["call"] = async (message, { transfer = [], signal, onPiece } = {}) => {
    if (closed) throw appError("E_MODEL_INPUT", { model: data.file, problem: "it is closed" });
    if (current === undefined) throw gone("it is started again soon");
    const { carrier } = await withTimeout(current, loadMs, "Waiting for a model's thread", signal);
    if (closed) throw gone("the model was closed");
    const nowMs = performance.now();
    if (unheardSinceMs !== undefined && nowMs - unheardSinceMs > silentMs) {
      log.error({ model: data.file, silentMs }, "a model's thread hangs, ending it");
      void carrier.kill();
      throw gone("it hangs");
    }
    const id = nextId++;
    const answer = new Promise<CallResult>((resolve, reject) => {
      calls.set(id, { resolve, reject, onPiece });
      carrier.send(message(id), transfer);
      unheardSinceMs ??= nowMs;
    });
    try {
      return await withTimeout(answer, callMs, "A run in a model's thread", signal);
    } finally {
      if (calls.delete(id)) carrier.send({ kind: "cancel", id });
    }
  };

  return {
    facts: () => facts,
    call,
    close: async () => {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      onState({ kind: "closed" });
      for (const { reject } of calls.values()) reject(gone("the model was closed"));
      calls.clear();
      const carrier = last as Carrier;
      carrier.send({ kind: "close" });
      await withTimeout(carrier.ended, closeMs, "Closing a model's thread").catch(() => end(carrier));
    },
  };
}

/** Kills it and waits, but not for what cannot be killed: native code in a thread that never returns, a process that waits for a device. */
async function end(carrier: Carrier): Promise<void> {
  await withTimeout(carrier.kill(), closeMs, "Ending a model's thread").catch(() => undefined);
}

function errorOf({ code, data, message }: ThreadError): Error {
  return code !== undefined && isErrorCode(code) ? appError(code, { ...data }) : new Error(message);
}
