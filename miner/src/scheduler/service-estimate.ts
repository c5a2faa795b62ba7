import { type BoundedMap, createBoundedMap } from "@subnetkit/shared/util/boundedMap";

/** How long work of each group takes, and within it that of each caller, learnt from what was done. */
export type ServiceEstimate = {
  /** Expected milliseconds of a group's work, whoever asks; undefined before anything of the group was done. */
  of(group: string): number | undefined;
  /**
   * Expected milliseconds of what this caller asks for: one that asks for much must not make the work of the others look as slow. What looks slow is believed
   * less and less while nothing is learnt of it, and after half a minute taken for what others ask for: it is refused for looking slow, so nothing else would
   * ever tell that it no longer is.
   */
  ofCaller(group: string, caller: string): number | undefined;
  record(group: string, caller: string, ms: number): void;
};

/** Weight of the newest measurement: a change of pace is believed after some ten pieces. The first ones count alike, so that a slow start is soon forgotten. */
const newest = 0.1;

/** After so many milliseconds without a measurement a slow caller is taken for one like the others. */
const believedMs = 30_000;

/** What is learnt of some work. */
type Learnt = { ms: number; pieces: number; atMs: number };

/** Callers remembered of each group. */
const maxCallers = 4_096;

/** An empty estimate: what is not known refuses nobody. Groups are tasks, so there are few. `now`: milliseconds of a clock that only goes on. */
export function createServiceEstimate(now: () => number = () => performance.now()): ServiceEstimate {
  const groups = new Map<string, { readonly all: Learnt; readonly callers: BoundedMap<string, Learnt> }>();
  const nothing = (): Learnt => ({ ms: 0, pieces: 0, atMs: 0 });
  const learn = (learnt: Learnt, ms: number, atMs: number): void => {
    learnt.pieces++;
    learnt.ms += (ms - learnt.ms) * Math.max(newest, 1 / learnt.pieces);
    learnt.atMs = atMs;
  };
  return {
    of: (group) => groups.get(group)?.all.ms,
    ofCaller: (group, caller) => {
      const known = groups.get(group);
      const own = known?.callers.get(caller);
      if (known === undefined || own === undefined) return undefined;
      const excessMs = own.ms - known.all.ms;
      if (excessMs <= 0) return own.ms;
      return known.all.ms + excessMs * Math.max(0, 1 - (now() - own.atMs) / believedMs);
    },
    record: (group, caller, ms) => {
      let known = groups.get(group);
      if (known === undefined) {
        known = { all: nothing(), callers: createBoundedMap(maxCallers) };
        groups.set(group, known);
      }
      let own = known.callers.get(caller);
      if (own === undefined) {
        own = nothing();
        known.callers.set(caller, own);
      }
      const atMs = now();
      learn(known.all, ms, atMs);
      learn(own, ms, atMs);
    },
  };
}
