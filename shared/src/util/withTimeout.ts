import { appError } from "../errors/app-error.ts";

/**
 * The promise, with a deadline: rejects with E_TIMEOUT (naming `name`) after `ms`, or with E_ABORTED when the signal fires first.
 * The underlying work is not stopped: pass it a signal of its own when it can be. Its late rejection is swallowed, never unhandled.
 */
export function withTimeout<T>(promise: Promise<T>, ms: number, name: string, signal?: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      finish();
    };
    const onAbort = (): void => settle(() => reject(appError("E_ABORTED", { name }, { cause: signal?.reason })));
    const timer = setTimeout(() => settle(() => reject(appError("E_TIMEOUT", { name, timeoutMs: ms }))), ms);
    promise.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
}
