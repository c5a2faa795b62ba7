import { setMaxListeners } from "node:events";

/** Why a run ends, and with which exit code. */
export type StopReason = { readonly reason: string; readonly exitCode: number; readonly error?: unknown };

/** The one place where "stop" is asked for: the first request decides. */
export type StopRequest = {
  /** Fires at the first request; set-up takes it. */
  readonly signal: AbortSignal;
  readonly requested: Promise<StopReason>;
  readonly reason: StopReason | undefined;
  ask(reason: StopReason): void;
};

/** Makes the stop request of one run. */
export function createStopRequest(): StopRequest {
  const controller = new AbortController();
  // Set-up waits for as many transactions at once as there are neurons.
  setMaxListeners(0, controller.signal);
  let resolve: (reason: StopReason) => void = () => {};
  const requested = new Promise<StopReason>((done) => {
    resolve = done;
  });
  let first: StopReason | undefined;
  return {
    signal: controller.signal,
    requested,
    get reason() {
      return first;
    },
    ask(reason) {
      if (first !== undefined) return;
      first = reason;
      resolve(reason);
      controller.abort(new Error(reason.reason));
    },
  };
}
