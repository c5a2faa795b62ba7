import { errorMessage } from "@subnetkit/shared/errors/app-error";
import type { AnySolvers, AnyTask, SolverEnv } from "@subnetkit/shared/subnet";

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
};

/**
 * Runs a solver under its deadline and checks what it returns against the task's response schema and size. Never rejects. A solver that
 * ignores its signal is left behind: its result is dropped, its place is free again.
 */
export async function answerTask({ task, solve, request, env, deadlineMs, signal }: SolveRequest): Promise<Answer> {
  const startedMs = performance.now();
  const giveUp = new AbortController();
  const outcome = await new Promise<{ value: unknown } | { error: unknown } | "timeout" | "aborted">((resolve) => {
    const timer = setTimeout(() => resolve("timeout"), Math.max(0, deadlineMs - Date.now()));
    const onAbort = (): void => resolve("aborted");
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    // In a promise of its own, so that a solver that throws at once is no different from one that rejects.
    Promise.resolve()
      .then(() => solve(request, { ...env, signal: giveUp.signal }))
      .then(
        (value) => resolve({ value }),
        (error: unknown) => resolve({ error }),
      )
      .finally(() => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
      });
  });
  if (outcome === "timeout" || outcome === "aborted") {
    giveUp.abort(new Error(outcome));
    return { kind: outcome };
  }
  if ("error" in outcome) return { kind: "failed", problem: errorMessage(outcome.error) };
  return checkResponse(task, outcome.value, performance.now() - startedMs);
}

function checkResponse(task: AnyTask, value: unknown, solveMs: number): Answer {
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
