import { lifelineRequested } from "../config/process-env.ts";
import { isAppError } from "../errors/app-error.ts";
import type { Logger } from "../log/logger.ts";
import { closeAll, type Closer } from "./close-all.ts";
import { watchProcess } from "./watch-process.ts";

/** The part of `process` a lifecycle needs; tests give their own. */
export type ProcessLike = Pick<NodeJS.Process, "on" | "off" | "exit" | "stdin">;

export type LifecycleOptions = {
  readonly name: string;
  readonly log: Logger;
  /** Time for all closers together, default 5,000 ms. Past it the process exits with 1 and names who hung. */
  readonly deadlineMs?: number;
  /** End with stdin. Default: what the supervisor asked for in the environment. */
  readonly lifeline?: boolean;
  readonly process?: ProcessLike;
};

export type Lifecycle = {
  /** Fires first in a shutdown: every loop takes it. */
  readonly signal: AbortSignal;
  /** Registers a closer. Last opened is closed first; one registered during the shutdown is still closed. */
  onClose(name: string, close: () => Promise<void> | void): void;
  /** Closes everything and exits. The first call decides; later ones wait for the same end. */
  shutdown(reason: string, exitCode?: number): Promise<void>;
  /** For `main().catch(lifecycle.fail)`: logs, closes and exits with the code of an AppError, or 70 for anything else. */
  fail(error: unknown): Promise<void>;
  /** The exit code, once everything is closed. */
  readonly done: Promise<number>;
};

/**
 * Ties a process to its end: SIGTERM, SIGINT, SIGHUP and the end of stdin close everything and exit 0; an unhandled rejection or an
 * uncaught exception is logged, closes everything and exits 70; a second signal exits at once with 130.
 */
export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const { name, log, deadlineMs = 5_000, lifeline = lifelineRequested() } = options;
  const host = options.process ?? process;
  const controller = new AbortController();
  const closers: Closer[] = [];
  let resolveDone: (code: number) => void = () => undefined;
  const done = new Promise<number>((resolve) => {
    resolveDone = resolve;
  });
  let closing = false;
  let crashed = false;

  const end = async (reason: string, exitCode: number): Promise<void> => {
    log.info({ process: name, reason }, "shutting down");
    controller.abort(new Error(reason));
    const outcome = await closeAll(closers, deadlineMs, log);
    const code = exitCode !== 0 ? exitCode : crashed ? 70 : outcome === "closed" ? 0 : 1;
    log.info({ process: name, reason, exitCode: code, outcome }, "shut down");
    unwatch();
    resolveDone(code);
    host.exit(code);
  };
  const shutdown = async (reason: string, exitCode = 0): Promise<void> => {
    if (!closing) {
      closing = true;
      void end(reason, exitCode);
    }
    await done;
  };
  const fail = (error: unknown): Promise<void> => {
    if (isEcho(error)) return shutdown("failure");
    log.fatal({ err: error, process: name }, "the process cannot go on");
    return shutdown("failure", isAppError(error) ? error.exitCode : 70);
  };
  /** Work that was told to stop says so by failing: no news while shutting down. */
  const isEcho = (error: unknown): boolean =>
    controller.signal.aborted &&
    (isAppError(error, "E_ABORTED") || (error instanceof Error && error.name === "AbortError"));
  const unwatch = watchProcess(host, lifeline, {
    stop: (reason) => void shutdown(reason),
    kill: () => {
      log.warn({ process: name }, "second signal: exiting at once");
      host.exit(130);
    },
    crash: (error, origin) => {
      if (isEcho(error)) return;
      crashed = true;
      log.fatal({ err: error, origin, process: name }, "unexpected error");
      void shutdown(origin, 70);
    },
  });

  return {
    signal: controller.signal,
    onClose: (closerName, close) => void closers.push({ name: closerName, close }),
    shutdown,
    fail,
    done,
  };
}
