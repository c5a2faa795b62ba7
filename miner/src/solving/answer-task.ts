import { errorMessage } from "@subnetkit/shared/errors/app-error";
import { type AnySolvers, type AnyTask, isAsyncIterable, type SolverEnv } from "@subnetkit/shared/subnet";
import { type ChunkSink, collectChunks } from "./collect-chunks.ts";

/** What came out of a solver. */
export type Answer =
  | { readonly kind: "answered"; readonly body: string; readonly solveMs: number }
  | { readonly kind: "timeout" }
  /** The caller or the miner gave up. */
  | { readonly kind: "aborted" }
  | { readonly kind: "failed"; readonly problem: string }
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
  readonly signal: AbortSignal;
  /** Gets each chunk of a solver that streams, before the next is made. */
  readonly onChunk?: ChunkSink | undefined;
  /** Told of a solver that goes on though it was given up before its task's own limit: resolves when it has ended, at that limit at the latest. */
  readonly onLeft?: ((ended: Promise<void>) => void) | undefined;
};

type Ended = { value: unknown } | { error: unknown } | { bad: string } | "timeout" | "aborted";

/**
 * Runs a solver under its deadline and checks what it returns against the task's response schema and size. Never rejects. A solver that
 * ignores its signal is left behind and its result dropped, but it still works: `onLeft` tells how long, or callers that hang up could make any number
 * of solvers run at once. One that streams is answered when its last chunk has been taken; the answer is what the chunks add up to.
 */
export async function answerTask({
  task,
  solve,
  request,
  env,
  deadlineMs,
  signal,
  onChunk,
  onLeft,
}: SolveRequest): Promise<Answer> {
  const startedMs = performance.now();
  // Made when the solver looks at it: most never do, and a signal costs as much as the rest of this.
  let giveUp: AbortController | undefined;
  const solverSignal = (): AbortSignal => {
    giveUp ??= new AbortController();
    return giveUp.signal;
  };
  const solverEnv: SolverEnv = {
    ...env,
    get signal() {
      return solverSignal();
    },
  };
  let solver: Promise<void> = Promise.resolve();
  const outcome = await new Promise<Ended>((resolve) => {
    const timer = setTimeout(() => resolve("timeout"), Math.max(0, deadlineMs - Date.now()));
    const onAbort = (): void => resolve("aborted");
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    // In a promise of its own, so that a solver that throws at once is no different from one that rejects.
    solver = Promise.resolve()
      .then(() => solve(request, solverEnv))
      .then((value) =>
        isAsyncIterable(value)
          ? collectChunks(task, value, { sink: onChunk, signal: solverSignal() })
          : { kind: "value" as const, value },
      )
      .then(
        (collected) => resolve(collected.kind === "bad" ? { bad: collected.problem } : { value: collected.value }),
        (error: unknown) => resolve({ error }),
      )
      .finally(() => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
      });
  });
  if (outcome === "timeout" || outcome === "aborted") {
    solverSignal();
    giveUp?.abort(new Error(outcome));
    const leftMs = task.limits.timeoutMs - (performance.now() - startedMs);
    if (leftMs > 0) onLeft?.(endOf(solver, leftMs));
    return { kind: outcome };
  }
  if ("bad" in outcome) return { kind: "badResponse", problem: outcome.bad };
  if ("error" in outcome) return { kind: "failed", problem: errorMessage(outcome.error) };
  return checkResponse(task, outcome.value, performance.now() - startedMs);
}

/** Resolves when the promise, which never rejects, has ended, or the time is over. */
function endOf(promise: Promise<void>, ms: number): Promise<void> {
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
