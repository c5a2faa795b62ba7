import { Worker } from "node:worker_threads";
import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import { errorOf, type FromThread, resultOf, type ThreadData } from "./messages.ts";
import { createProgress, progressReader } from "./progress.ts";
import type { RoundInput, RoundResult, RoundScorer } from "./round-scorer.ts";
import { callText, type ScorerCall, taskCall } from "./scorer-call.ts";
import { watchSteps } from "./watch-steps.ts";

export type ScoreThreadOptions = {
  /** The compiled subnet, which the thread loads for itself. */
  readonly definition: string;
  /** The bundled score-worker.ts. */
  readonly workerUrl: URL;
  /** Longest time of one call of the scorer, milliseconds; a whole round has {@link roundCalls} times that. */
  readonly callMs: number;
  /** Memory that the author's code may take, MiB: at its end the thread is, and not the process. */
  readonly heapMb?: number;
};

export type ScoreThreadModules = {
  readonly log: Logger;
  /** A round is being scored, and makes steps or is still in its time. */
  readonly onAlive?: () => void;
  /** A round was scored in so many milliseconds, restarts of the thread included. */
  readonly onScored?: (ms: number) => void;
};

/** A scorer in a thread of its own. */
export interface ScoreThread extends RoundScorer {
  /** Starts the thread, so that the first round need not wait for it. Throws E_SCORER_THREAD, or why the subnet cannot be loaded there. */
  start(): Promise<void>;
  /** Ends it, whatever it does. */
  close(): Promise<void>;
}

/** A round may take this many times as long as a call. */
export const roundCalls = 10;

/** Replies and pairs that are given up in one task of a round; after them the task is. */
export const mostGivenUp = 3;

/** Longest time for loading a subnet, milliseconds. */
const loadMs = 30_000;

/** MiB in which the thread makes its garbage: the usual 48 would be taken, and save a tenth of the time. */
const youngMb = 8;

/** As much stack as a process's own thread has, so that recursion ends near the same depth wherever a round is scored: 984 KiB, and what Node keeps of it. */
const stackSizeMb = (984 + 192) / 1_024;

type Answer =
  | { readonly kind: "scored"; readonly result: RoundResult }
  | { readonly kind: "failed"; readonly error: Error }
  /** It did not come back from this call, or died of it; undefined: nobody can tell, or of what an earlier round left behind. */
  | {
      readonly kind: "lost";
      readonly call: ScorerCall | undefined;
      readonly why: keyof typeof reasons;
      readonly ms: number;
    };

type Live = {
  readonly worker: Worker;
  readonly progress: ReturnType<typeof progressReader>;
  /** Rejects when the subnet cannot be loaded. */
  readonly ready: Promise<void>;
  /** Takes what the thread says next, and its end. */
  onSaid: (said: FromThread | { readonly kind: "ended"; readonly problem: string }) => void;
};

/**
 * Makes a scorer whose thread, and so the author's code, never holds up this process. Scoring in it always, and not from the first slow round on, is what
 * makes a scorer that never comes back harmless in the first round too; a round costs a millisecond more for it. A call that takes too long, or that ends
 * the thread, is given up: the thread is started anew and the round scored again without that call, by the rules for a scorer that threw. One round at a
 * time.
 */
export function createScoreThread(options: ScoreThreadOptions, modules: ScoreThreadModules): ScoreThread {
  const { definition, workerUrl, callMs, heapMb = 1_024 } = options;
  const { log, onAlive, onScored } = modules;
  let live: Live | undefined;
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  function open(): Live {
    const shared = createProgress();
    const workerData = { definition, progress: shared } satisfies ThreadData;
    const worker = new Worker(workerUrl, {
      workerData,
      name: "scorer",
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: youngMb, stackSizeMb },
    });
    let problem = "it ended";
    const made: { -readonly [K in keyof Live]: Live[K] } = {
      worker,
      progress: progressReader(shared),
      ready: Promise.resolve(),
      onSaid: () => undefined,
    };
    made.ready = new Promise<void>((resolve, reject) => {
      made.onSaid = (said) => {
        if (said.kind === "ready") resolve();
        else reject(said.kind === "failed" ? errorOf(said.error) : lostThread(problem));
      };
    });
    // Whoever scores next hears of it.
    made.ready.catch(() => undefined);
    worker.on("error", (error) => {
      problem = errorMessage(error);
    });
    worker.on("message", (message: FromThread) => made.onSaid(message));
    worker.on("exit", () => {
      if (live === made) live = undefined;
      made.onSaid({ kind: "ended", problem });
    });
    return made;
  }

  async function end(gone: Live): Promise<void> {
    if (live === gone) live = undefined;
    await withTimeout(gone.worker.terminate(), 5_000, "Ending the scoring thread").catch((error: unknown) =>
      log.error({ reason: errorMessage(error) }, "a scoring thread does not end"),
    );
  }

  async function started(signal?: AbortSignal): Promise<Live> {
    live ??= open();
    const thread = live;
    try {
      await withTimeout(thread.ready, loadMs, "Starting the scoring thread", signal);
      return thread;
    } catch (error) {
      await end(thread);
      throw error;
    }
  }

  async function attempt(input: RoundInput, signal: AbortSignal): Promise<Answer> {
    const thread = await started(signal);
    const stop = new AbortController();
    const begun = performance.now();
    const from = thread.progress.step();
    const lost = (why: keyof typeof reasons): Answer => {
      const { step, call } = thread.progress.read();
      const ms = performance.now() - begun;
      if (call === undefined || step === from) return { kind: "lost", why, ms, call: undefined };
      return { kind: "lost", why, ms, call: why === "total" ? taskCall(call.taskId) : call };
    };
    const answer = new Promise<Answer>((resolve) => {
      thread.onSaid = (said) => {
        if (said.kind === "scored") resolve({ kind: "scored", result: resultOf(said.result, input) });
        else if (said.kind === "failed") resolve({ kind: "failed", error: errorOf(said.error) });
        else if (said.kind === "ended") {
          // What an exception says may be what a miner said.
          log.debug({ problem: said.problem }, "the scoring thread ended");
          resolve(lost("ended"));
        }
      };
      watchSteps(
        { stepMs: callMs, totalMs: roundCalls * callMs, signal: stop.signal },
        { step: thread.progress.step, onAlive, onLate: (which) => resolve(lost(which)) },
      );
    });
    try {
      thread.worker.postMessage(forThread(input));
      const came = await withTimeout(answer, 2 * roundCalls * callMs + loadMs, "Scoring a round", signal);
      if (came.kind === "lost") await end(thread);
      return came;
    } catch (error) {
      // Nobody wants the round any more, and nobody else should wait for it.
      await end(thread);
      throw error;
    } finally {
      stop.abort();
      thread.onSaid = () => undefined;
    }
  }

  async function score(input: RoundInput, signal: AbortSignal): Promise<RoundResult> {
    const begun = performance.now();
    let givenUp = input.givenUp;
    let lostMs = 0;
    let untold = 0;
    for (;;) {
      signal.throwIfAborted();
      if (closed) throw lostThread("it is closed");
      const answer = await attempt({ ...input, givenUp }, signal);
      switch (answer.kind) {
        case "scored":
          onScored?.(performance.now() - begun);
          return answer.result;
        case "failed":
          throw answer.error;
        case "lost": {
          const { call, why } = answer;
          const { round } = input.plan;
          if (closed) throw lostThread(reasons[why]);
          log.error(
            { round, task: call?.taskId, what: call?.what, why: reasons[why] },
            "the subnet's scorer was ended",
          );
          log.debug({ round, call }, "what the scorer did not come back from");
          lostMs += answer.ms;
          if (call === undefined) {
            // A new thread has nothing of an earlier round.
            if (untold > 0) throw lostThread(reasons[why]);
            untold += 1;
            break;
          }
          const next = giveUp(call, givenUp, lostMs > roundCalls * callMs);
          // What is not called any more cannot be it: a challenge, say, without which there is nothing to score.
          if (givenUp.some((one) => callText(one) === callText(next))) throw lostThread(reasons[why]);
          givenUp = [...givenUp, next];
        }
      }
    }
  }

  return {
    async start() {
      if (!closed) await started();
    },
    score(input, signal) {
      const mine = last.then(() => score(input, signal));
      last = mine.catch(() => undefined);
      return mine;
    },
    async close() {
      closed = true;
      if (live !== undefined) await end(live);
    },
  };
}

/** Why a thread is ended. */
const reasons = {
  step: "a call takes too long",
  total: "the round takes too long",
  ended: "a call ended the thread",
} as const;

/** What is given up for a call that was lost: the call, or its whole task when too much of the task was, or the time is up. */
function giveUp(call: ScorerCall, before: readonly ScorerCall[], isLate: boolean): ScorerCall {
  const ofTask = before.filter(({ taskId }) => taskId === call.taskId);
  return isLate || ofTask.length >= mostGivenUp ? taskCall(call.taskId) : call;
}

/** Only what scores follow from: the rest of a plan is large. */
function forThread({ plan, outcomes, givenUp }: RoundInput): RoundInput {
  const miners = plan.miners.map(({ hotkey, uid }) => ({ hotkey, uid, endpoint: null }));
  const { sample: _sample, ...rest } = plan;
  return { plan: { ...rest, miners }, outcomes, givenUp };
}

function lostThread(problem: string): Error {
  return appError("E_SCORER_THREAD", { problem });
}
