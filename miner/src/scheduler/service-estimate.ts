import { type BoundedMap, createBoundedMap } from "@subnetkit/shared/util/boundedMap";

/** How long work of each group takes, and within it that of each caller, learnt from what was done. */
export type ServiceEstimate = {
  /** Expected milliseconds of a group's work, whoever asks; undefined before anything of the group was done. */
  of(group: string): number | undefined;
  /** Expected milliseconds of what this caller asks for: one that asks for much must not make the work of the others look as slow. */
  ofCaller(group: string, caller: string): number | undefined;
  record(group: string, caller: string, ms: number): void;
};

/** Weight of the newest measurement: a change of pace is believed after some ten pieces. */
const newest = 0.1;

/** Callers remembered of each group. */
const maxCallers = 4_096;

/** An empty estimate: what is not known refuses nobody. Groups are tasks, so there are few. */
export function createServiceEstimate(): ServiceEstimate {
  const groups = new Map<string, { ms: number; readonly callers: BoundedMap<string, number> }>();
  const moved = (before: number, ms: number): number => before + (ms - before) * newest;
  return {
    of: (group) => groups.get(group)?.ms,
    ofCaller: (group, caller) => groups.get(group)?.callers.get(caller),
    record: (group, caller, ms) => {
      let known = groups.get(group);
      if (known === undefined) {
        known = { ms, callers: createBoundedMap(maxCallers) };
        groups.set(group, known);
      } else known.ms = moved(known.ms, ms);
      known.callers.set(caller, moved(known.callers.get(caller) ?? ms, ms));
    },
  };
}
