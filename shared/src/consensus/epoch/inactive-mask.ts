/** Step 1: true where the last update is older than the activity cutoff; equality is still active. Source: spec/economics.md 2.2 (1). */
export function inactiveMask(lastUpdate: readonly number[], activityCutoff: number, block: number): boolean[] {
  return lastUpdate.map((updated) => updated + activityCutoff < block);
}
