/** How long work of each group takes, learnt from what was done. */
export type ServiceEstimate = {
  /** Expected milliseconds; undefined before anything of the group was done. */
  of(group: string): number | undefined;
  record(group: string, ms: number): void;
};

/** Weight of the newest measurement: a change of pace is believed after some ten pieces. */
const newest = 0.1;

/** An empty estimate: what is not known refuses nobody. Groups are tasks, so there are few. */
export function createServiceEstimate(): ServiceEstimate {
  const known = new Map<string, number>();
  return {
    of: (group) => known.get(group),
    record: (group, ms) => {
      const before = known.get(group);
      known.set(group, before === undefined ? ms : before + (ms - before) * newest);
    },
  };
}
