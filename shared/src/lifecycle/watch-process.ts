import type { ProcessLike } from "./lifecycle.ts";

/** What to do about each way a process is told to end. */
export type ProcessWatcher = {
  readonly stop: (reason: string) => void;
  readonly kill: () => void;
  readonly crash: (error: unknown, origin: "unhandledRejection" | "uncaughtException") => void;
};

const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** npm passes a terminal's Ctrl-C on to a child that already had it: the same signal again within this time is one key press. */
const repeatMs = 200;

/**
 * Listens for signals, crashes and (with `lifeline`) the end of stdin. The first signal stops, the second kills; a signal that follows the
 * end of stdin counts as the first, because a supervisor does both. Returns the function that takes the listeners away.
 */
export function watchProcess(host: ProcessLike, lifeline: boolean, watcher: ProcessWatcher): () => void {
  let last: { signal: string; at: number } | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (last === undefined) watcher.stop(signal);
    else if (last.signal !== signal || now - last.at > repeatMs) watcher.kill();
    last = { signal, at: now };
  };
  const onRejection = (reason: unknown): void => watcher.crash(reason, "unhandledRejection");
  const onException = (error: unknown): void => watcher.crash(error, "uncaughtException");
  const onLifelineEnd = (): void => watcher.stop("lifeline");

  for (const signal of signals) host.on(signal, onSignal);
  host.on("unhandledRejection", onRejection);
  host.on("uncaughtException", onException);
  if (lifeline) {
    for (const event of ["end", "close", "error"] as const) host.stdin.once(event, onLifelineEnd);
    host.stdin.resume();
  }
  return () => {
    for (const signal of signals) host.off(signal, onSignal);
    host.off("unhandledRejection", onRejection);
    host.off("uncaughtException", onException);
    if (lifeline) for (const event of ["end", "close", "error"] as const) host.stdin.off(event, onLifelineEnd);
  };
}
