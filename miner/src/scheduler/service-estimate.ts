import { createBoundedMap } from "@subnetkit/shared/util/boundedMap";

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

/** Callers remembered, of all groups. */
const maxCallers = 4_096;

/** An empty estimate: what is not known refuses nobody. Groups are tasks, so there are few. */
export function createServiceEstimate(): ServiceEstimate {
  const groups = new Map<string, number>();
  const callers = createBoundedMap<string, number>(maxCallers);
  const moved = (before: number | undefined, ms: number): number =>
    before === undefined ? ms : before + (ms - before) * newest;
  return {
    of: (group) => groups.get(group),
    ofCaller: (group, caller) => callers.get(`${caller} ${group}`),
    record: (group, caller, ms) => {
      const key = `${caller} ${group}`;
      groups.set(group, moved(groups.get(group), ms));
      callers.set(key, moved(callers.get(key), ms));
    },
  };
}
