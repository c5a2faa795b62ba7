/** What became of a piece of work that was offered to the queue. */
export type WorkOutcome<T> =
  | { readonly kind: "done"; readonly value: T }
  /** The queue holds as much as it may. */
  | { readonly kind: "full" }
  /** Its deadline passed before a place was free. */
  | { readonly kind: "late" }
  /** Nobody wants it any more. */
  | { readonly kind: "gone" }
  /** The queue takes no new work. */
  | { readonly kind: "stopping" };

/** A bounded queue before a bounded number of workers. */
export type WorkQueue = {
  /** Runs the work when its turn comes; its own errors reject. The signal only takes it out of the waiting line, it does not stop it. */
  run<T>(
    work: () => Promise<T>,
    options: { readonly deadlineMs: number; readonly signal: AbortSignal },
  ): Promise<WorkOutcome<T>>;
  depth(): number;
  inFlight(): number;
  /** Takes no more, refuses what waits, and resolves when what runs has ended. */
  drain(): Promise<void>;
};

/** How much may run and wait. */
export type WorkQueueOptions = { readonly maxConcurrent: number; readonly maxQueued: number };

type Turn = "go" | "late" | "gone" | "stopping";

/**
 * First come, first served, with a hard bound on what waits: a full queue refuses at once, so a caller learns in microseconds what it would
 * otherwise learn by timing out. Ordering by stake and batching belong here, behind the same `run`.
 */
export function createWorkQueue(
  { maxConcurrent, maxQueued }: WorkQueueOptions,
  hooks: { readonly onWaited?: (ms: number) => void; readonly onChange?: () => void } = {},
): WorkQueue {
  const { onWaited = () => undefined, onChange = () => undefined } = hooks;
  const waiting = new Set<(turn: Turn) => void>();
  let running = 0;
  let stopping = false;
  let onIdle: (() => void) | undefined;

  const start = (): void => {
    for (const give of waiting) {
      if (running >= maxConcurrent) break;
      give("go");
    }
  };

  const finish = (): void => {
    running--;
    start();
    onChange();
    if (running === 0) onIdle?.();
  };

  /** Waits for a place. On "go" the place is already taken. */
  const turn = ({ deadlineMs, signal }: { readonly deadlineMs: number; readonly signal: AbortSignal }): Promise<Turn> =>
    new Promise((resolve) => {
      const give = (result: Turn): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        waiting.delete(give);
        if (result === "go") running++;
        resolve(result);
      };
      const onAbort = (): void => give("gone");
      const timer = setTimeout(() => give("late"), Math.max(0, deadlineMs - Date.now()));
      signal.addEventListener("abort", onAbort, { once: true });
      waiting.add(give);
    });

  return {
    run: async (work, options) => {
      if (stopping) return { kind: "stopping" };
      if (options.signal.aborted) return { kind: "gone" };
      if (running < maxConcurrent) running++;
      else {
        if (waiting.size >= maxQueued) return { kind: "full" };
        const queuedMs = Date.now();
        const pending = turn(options);
        onChange();
        const result = await pending;
        onWaited(Date.now() - queuedMs);
        if (result !== "go") {
          onChange();
          return { kind: result };
        }
      }
      onChange();
      try {
        return { kind: "done", value: await work() };
      } finally {
        finish();
      }
    },
    depth: () => waiting.size,
    inFlight: () => running,
    drain: () => {
      stopping = true;
      for (const give of [...waiting]) give("stopping");
      return new Promise((resolve) => {
        onIdle = resolve;
        if (running === 0) resolve();
      });
    },
  };
}
