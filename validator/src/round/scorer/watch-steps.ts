/** How long each step, and all of them together, may take, milliseconds. The signal ends the watch. */
export type StepLimits = { readonly stepMs: number; readonly totalMs: number; readonly signal: AbortSignal };

export type StepModules = {
  /** The number of the step that is under way. */
  readonly step: () => number;
  readonly onAlive?: (() => void) | undefined;
  /** Told once: which limit was passed. */
  readonly onLate: (which: "step" | "total") => void;
  /** Milliseconds that do not go back; default the process's. */
  readonly monotonicMs?: () => number;
};

/** Looks per step, and the longest time between two of them, milliseconds. */
const looksPerStep = 8;
const longestLookMs = 1_000;

/**
 * Watches work that cannot be asked. Between two looks no more than twice their distance counts: while this process was stopped, or had no processor, the
 * other thread had none either.
 */
export function watchSteps({ stepMs, totalMs, signal }: StepLimits, modules: StepModules): void {
  const { step, onAlive, onLate, monotonicMs = () => performance.now() } = modules;
  const everyMs = Math.min(longestLookMs, Math.ceil(stepMs / looksPerStep));
  let at = step();
  let lookedAt = monotonicMs();
  let inStepMs = 0;
  let inAllMs = 0;
  const looking = setInterval(() => {
    const now = monotonicMs();
    const passed = Math.min(2 * everyMs, now - lookedAt);
    lookedAt = now;
    inAllMs += passed;
    const reached = step();
    inStepMs = reached === at ? inStepMs + passed : 0;
    at = reached;
    const late = inStepMs >= stepMs ? "step" : inAllMs >= totalMs ? "total" : undefined;
    if (late === undefined) return onAlive?.();
    clearInterval(looking);
    onLate(late);
  }, everyMs);
  signal.addEventListener("abort", () => clearInterval(looking), { once: true });
}
