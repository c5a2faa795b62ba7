import type { z } from "zod";
import { type ConfigDefinition, loadConfig, redactedConfig } from "../config/define.ts";
import { wantsHelp } from "../config/flags.ts";
import { configHelp } from "../config/help.ts";
import { appError, errorMessage, isAppError } from "../errors/app-error.ts";
import { createLogger, type Logger } from "../log/logger.ts";
import { createEventSink, type EventSink } from "./events.ts";
import { createLifecycle, type Lifecycle } from "./lifecycle.ts";

/** What every part of a running process may use. */
export type RunningProcess = {
  readonly log: Logger;
  readonly lifecycle: Lifecycle;
  readonly events: EventSink;
  /** Ends the process: tells the supervisor why, logs it, closes everything and exits with the error's code. */
  fail(error: unknown): void;
};

/** What `main.ts` says about its process. */
export type ProcessDefinition<S extends z.ZodObject> = {
  readonly config: ConfigDefinition<S>;
  /** Name in logs and events, the least level that is logged, and the time for everything to close, when the default is too short. */
  readonly identify: (config: z.output<S>) => {
    readonly name: string;
    readonly logLevel: string;
    readonly closeDeadlineMs?: number;
  };
  /** Builds the process. Rejecting ends it; resolving leaves it to what it has built. */
  readonly main: (config: z.output<S>, process: RunningProcess) => Promise<void>;
};

/**
 * The frame of every process: prints the help when asked for it, else reads the configuration and runs `main` under a lifecycle. Whatever
 * stops it, a wrong flag included, becomes an `error` event for the supervisor, a log line and an exit code.
 */
export function runProcess<S extends z.ZodObject>({ config: definition, identify, main }: ProcessDefinition<S>): void {
  if (wantsHelp(process.argv)) {
    process.stdout.write(configHelp(definition));
    return;
  }
  const loaded = load(definition);
  const { name, logLevel, closeDeadlineMs } =
    loaded.kind === "loaded"
      ? identify(loaded.config)
      : { name: definition.name, logLevel: "info", closeDeadlineMs: undefined };
  const log = createLogger({ name, level: logLevel });
  const lifecycle = createLifecycle({
    name,
    log,
    ...(closeDeadlineMs === undefined ? {} : { deadlineMs: closeDeadlineMs }),
  });
  const events = createEventSink();
  const fail = (error: unknown): void => {
    // Work that was told to stop says so by failing.
    if (lifecycle.signal.aborted && isAppError(error, "E_ABORTED")) return;
    const { code, message, remedy } = isAppError(error) ? error : appError("E_INTERNAL", { what: errorMessage(error) });
    events.emit({ type: "error", name, code, message, remedy });
    void lifecycle.fail(error);
  };
  if (loaded.kind === "unusable") {
    fail(loaded.error);
    return;
  }
  log.info({ config: redactedConfig(definition, loaded.config) }, "starting");
  main(loaded.config, { log, lifecycle, events, fail }).catch(fail);
}

type Loaded<S extends z.ZodObject> =
  | { readonly kind: "loaded"; readonly config: z.output<S> }
  | { readonly kind: "unusable"; readonly error: unknown };

function load<S extends z.ZodObject>(definition: ConfigDefinition<S>): Loaded<S> {
  try {
    return { kind: "loaded", config: loadConfig(definition).config };
  } catch (error) {
    return { kind: "unusable", error };
  }
}
