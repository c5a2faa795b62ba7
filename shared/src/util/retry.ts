import { isAppError } from "../errors/app-error.ts";
import { type BackoffOptions, backoff } from "./backoff.ts";
import { delay } from "./delay.ts";

/** How often and how patiently to try. `attempts` counts the first try. */
export type RetryOptions = BackoffOptions & {
  readonly attempts: number;
  readonly signal?: AbortSignal;
  /** Return false to give up at once. Default: retry everything except AppErrors whose consequence is not "retry". */
  readonly retryable?: (error: unknown) => boolean;
  readonly onRetry?: (error: unknown, attempt: number, waitMs: number) => void;
};

/** Runs `fn(attempt)` until it succeeds, `attempts` are used up (the last error is thrown) or the signal fires (E_ABORTED). */
export async function retry<T>(options: RetryOptions, fn: (attempt: number) => Promise<T>): Promise<T> {
  const retryable = options.retryable ?? isRetryable;
  for (let attempt = 0; ; attempt++) {
    try {
      return await fn(attempt);
    } catch (error) {
      if (attempt + 1 >= options.attempts || !retryable(error)) throw error;
      const waitMs = backoff(attempt, options);
      options.onRetry?.(error, attempt, waitMs);
      await delay(waitMs, options.signal);
    }
  }
}

function isRetryable(error: unknown): boolean {
  return !isAppError(error) || error.consequence === "retry";
}
