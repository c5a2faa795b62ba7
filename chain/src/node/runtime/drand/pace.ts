/** Lets things through at a rate of the wall clock, after a first lot that comes at once. */
export interface Pace {
  /** Takes one if one is due. */
  take(): boolean;
}

/** `atOnce` to begin with, then one per `everyMs`; what is not taken adds up to `atOnce` again. */
export function createPace(atOnce: number, everyMs: number, now: () => number = () => performance.now()): Pace {
  let left = atOnce;
  let since = now();
  return {
    take() {
      const earned = Math.floor((now() - since) / everyMs);
      since += earned * everyMs;
      left = Math.min(atOnce, left + earned);
      if (left === 0) return false;
      left -= 1;
      return true;
    },
  };
}
