import type { StopRequest } from "./stop-request.ts";

export type SignalOptions = {
  readonly stop: StopRequest;
  /** The network serves: from then on an interrupt is a normal end. */
  readonly isReady: () => boolean;
  /** A number of epochs was asked for and has not been reached: then an interrupt is one in the middle, whenever it comes. */
  readonly isPending: () => boolean;
  /** The second interrupt: kill everything and leave, now. */
  readonly onKill: () => void;
  /** The first interrupt was heard. */
  readonly onStopping: () => void;
};

/**
 * The way signals end a run. The first interrupt asks for a clean stop, every further one kills; the handlers never go away, so a third press
 * works like the second. Returns what a Ctrl-C that arrives as a key must call.
 */
export function installSignals(options: SignalOptions): { interrupt(): void } {
  const { stop, isReady, isPending } = options;
  let presses = 0;
  const codeFor = (interrupted: number): number => (isReady() && !isPending() ? 0 : interrupted);
  const interrupt = (): void => {
    presses += 1;
    if (presses > 1 || stop.reason !== undefined) {
      options.onKill();
      return;
    }
    options.onStopping();
    stop.ask({ reason: "interrupted", exitCode: codeFor(130) });
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", () => stop.ask({ reason: "terminated", exitCode: codeFor(143) }));
  process.on("SIGHUP", () => stop.ask({ reason: "terminal closed", exitCode: codeFor(129) }));
  return { interrupt };
}
