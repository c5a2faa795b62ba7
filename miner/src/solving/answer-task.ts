import { errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import { type AnySolvers, type AnyTask, isAsyncIterable, type SolverEnv } from "@subnetkit/shared/subnet";
import type { Later } from "@subnetkit/shared/util/whenReady";
import type { StopSignal } from "../scheduler/stop-signal.ts";
import { type ChunkSink, type Collected, collectChunks } from "./collect-chunks.ts";

/** What came out of a solver. */
export type Answer =
  | { readonly kind: "answered"; readonly body: string; readonly solveMs: number }
  | { readonly kind: "timeout" }
  /** The caller or the miner gave up. */
  | { readonly kind: "aborted" }
  /** `cause`: what was thrown. */
  | { readonly kind: "failed"; readonly problem: string; readonly cause?: unknown }
  /** What the solver needs is gone for the moment: its model's thread, the server that runs the model. */
  | { readonly kind: "unavailable"; readonly problem: string; readonly cause?: unknown }
  | { readonly kind: "badResponse"; readonly problem: string };

/** One request to solve; `request` has been parsed by the task's own schema. */
export type SolveRequest = {
  readonly task: AnyTask;
  readonly solve: AnySolvers[string];
  readonly request: unknown;
  readonly env: Omit<SolverEnv, "signal">;
  /** Unix milliseconds; at most the task's own timeout from the arrival of the request. */
  readonly deadlineMs: number;
  /** Fires when nobody waits any more. */
  readonly signal: StopSignal;
  /** Gets each chunk of a solver that streams, before the next is made. */
  readonly onChunk?: ChunkSink | undefined;
  /** Told of a solver that goes on though it was given up before its task's own limit: resolves when it has ended, at that limit at the latest. */
  readonly onLeft?: ((ended: Promise<void>) => void) | undefined;
};

/**
 * Runs a solver under its deadline and checks what it returns against the task's response schema and size. Never rejects or throws; a solver that
 * promises nothing is answered at once. One that ignores its signal is left behind and its result dropped, but it still works: `onLeft` tells how long,
 * or callers that hang up could make any number of solvers run at once. One that streams is answered when its last chunk has been taken; the answer is
 * what the chunks add up to.
 */
export function answerTask(order: SolveRequest): Later<Answer> {
  const { task, solve, request, env, signal, onChunk } = order;
  if (signal.aborted) return { kind: "aborted" };
  const startedMs = performance.now();
  const solverEnv = new LazyEnv(env);
  const check = (value: unknown): Answer => checkResponse(task, value, performance.now() - startedMs);
  const take = (value: unknown): Later<Answer> =>
    isAsyncIterable(value)
      ? collectChunks(task, value, { sink: onChunk, signal: solverEnv.signal }).then((chunks) =>
          ofChunks(chunks, check),
        )
      : check(value);
  let value: unknown;
  try {
    value = solve(request, solverEnv);
    if (!isAsyncIterable(value) && !isThenable(value)) return check(value);
  } catch (error) {
    return failed(error);
  }
  return firstOf(Promise.resolve(value).then(take).catch(failed), order, { startedMs, env: solverEnv });
}

/**
 * What a solver gets, whose signal is made when it looks at it: most never do, and a signal costs as much as everything else here. A class, because a
 * getter in an object literal costs a microsecond per object. The getter is each object's own, so that `{ ...env }` has a signal as well.
 */
class LazyEnv implements SolverEnv {
  readonly model: SolverEnv["model"];
  readonly textModel: SolverEnv["textModel"];
  readonly random: SolverEnv["random"];
  readonly validator: SolverEnv["validator"];
  declare readonly signal: AbortSignal;
  #controller: AbortController | undefined;
  #aborted: Error | undefined;

  constructor({ model, textModel, random, validator }: SolveRequest["env"]) {
    this.model = model;
    this.textModel = textModel;
    this.random = random;
    this.validator = validator;
    Object.defineProperty(this, "signal", LazyEnv.#ownSignal);
  }

  static readonly #ownSignal: PropertyDescriptor & ThisType<LazyEnv> = {
    enumerable: true,
    get() {
      this.#controller ??= new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted);
      return this.#controller.signal;
    },
  };

  abort(why: Error): void {
    this.#aborted = why;
    this.#controller?.abort(why);
  }
}

const failed = (error: unknown): Answer => ({
  kind: isAppError(error) && error.consequence === "retry" ? "unavailable" : "failed",
  problem: errorMessage(error),
  cause: error,
});

function ofChunks(collected: Collected, check: (value: unknown) => Answer): Answer {
  return collected.kind === "bad" ? { kind: "badResponse", problem: collected.problem } : check(collected.value);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** The solver's answer, or that it was given up, whichever comes first. */
function firstOf(
  solver: Promise<Answer>,
  { task, deadlineMs, signal, onLeft }: SolveRequest,
  { startedMs, env }: { readonly startedMs: number; readonly env: LazyEnv },
): Promise<Answer> {
  return new Promise((resolve) => {
    const end = (answer: Answer): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      resolve(answer);
    };
    const giveUp = (kind: "timeout" | "aborted"): void => {
      end({ kind });
      env.abort(new Error(kind));
      const leftMs = task.limits.timeoutMs - (performance.now() - startedMs);
      if (leftMs > 0) onLeft?.(endOf(solver, leftMs));
    };
    const onAbort = (): void => giveUp("aborted");
    const timer = setTimeout(() => giveUp("timeout"), Math.max(0, deadlineMs - Date.now()));
    signal.addEventListener("abort", onAbort);
    void solver.then(end);
  });
}

/** Resolves when the promise, which never rejects, has ended, or the time is over. */
function endOf(promise: Promise<unknown>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    timer.unref();
    void promise.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Also for what a schema or JSON throws on, such as nesting too deep for the stack. */
function checkResponse(task: AnyTask, value: unknown, solveMs: number): Answer {
  try {
    return checked(task, value, solveMs);
  } catch (error) {
    return { kind: "badResponse", problem: errorMessage(error) };
  }
}

function checked(task: AnyTask, value: unknown, solveMs: number): Answer {
  const parsed = task.response.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return {
      kind: "badResponse",
      problem: `${issue?.path.join(".") || "the response"}: ${issue?.message ?? "does not fit"}`,
    };
  }
  const body = JSON.stringify(parsed.data);
  if (body === undefined) return { kind: "badResponse", problem: "it is not a JSON value" };
  const bytes = Buffer.byteLength(body);
  const { maxResponseBytes } = task.limits;
  if (bytes > maxResponseBytes)
    return { kind: "badResponse", problem: `it has ${bytes} bytes, more than ${maxResponseBytes}` };
  return { kind: "answered", body, solveMs };
}
