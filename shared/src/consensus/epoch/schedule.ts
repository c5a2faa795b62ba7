/** Blocks without an epoch after which a subnet is due whatever its tempo says. */
export const MAX_BLOCKS_SINCE_STEP = 50_400;

/** What decides whether a subnet runs an epoch in a block. `pendingEpochAt` is 0 when nothing is pending. Source: spec/economics.md 2.10. */
export type EpochSchedule = {
  readonly tempo: number;
  readonly lastEpochBlock: number;
  readonly pendingEpochAt: number;
  readonly blocksSinceStep: number;
};

/** True when the subnet is due in block `block`. Source: spec/economics.md 2.10 (2). */
export function epochDue(schedule: EpochSchedule, block: number): boolean {
  const { tempo, lastEpochBlock, pendingEpochAt, blocksSinceStep } = schedule;
  if (tempo === 0) return false;
  const pendingNow = pendingEpochAt > 0 && block >= pendingEpochAt;
  return pendingNow || blocksSinceStep > MAX_BLOCKS_SINCE_STEP || block - lastEpochBlock >= tempo;
}

/**
 * Splits the subnets due in a block into those that run (at most `maxPerBlock`, in netuid order) and those deferred, whose pending
 * block becomes the next one. Source: spec/economics.md 2.10 (3).
 */
export function selectEpochs(
  schedules: ReadonlyMap<number, EpochSchedule>,
  block: number,
  maxPerBlock: number,
): { readonly run: readonly number[]; readonly deferred: readonly number[] } {
  const due = [...schedules].filter(([, schedule]) => epochDue(schedule, block)).map(([netuid]) => netuid);
  due.sort((a, b) => a - b);
  return { run: due.slice(0, maxPerBlock), deferred: due.slice(maxPerBlock) };
}

/** Blocks until the next automatic epoch, or null for never (tempo 0). Source: spec/economics.md 2.10. */
export function blocksUntilNextEpoch(tempo: number, lastEpochBlock: number, block: number): number | null {
  return tempo === 0 ? null : Math.max(0, lastEpochBlock + tempo - block);
}

/** `last_epoch` of a subnet registered now, so that subnets do not all fall on one block. Source: spec/economics.md 2.10 (6). */
export function staggeredLastEpoch(netuid: number, tempo: number, block: number): number {
  return tempo === 0 ? block : Math.max(0, block - (netuid % tempo));
}

/** Answer to an owner's trigger: the block at which the epoch becomes due, or why it is refused. */
export type TriggerResult =
  | { readonly kind: "pending"; readonly pendingEpochAt: number }
  | { readonly kind: "refused"; readonly reason: "commitRevealOn" | "alreadyPending" | "automaticEpochNear" };

/** What an owner's epoch trigger leads to. Source: spec/economics.md 2.10 (7). */
export function triggerEpoch(
  schedule: EpochSchedule,
  block: number,
  freezeWindow: number,
  commitReveal: boolean,
): TriggerResult {
  if (commitReveal) return { kind: "refused", reason: "commitRevealOn" };
  if (schedule.pendingEpochAt > 0) return { kind: "refused", reason: "alreadyPending" };
  const remaining = blocksUntilNextEpoch(schedule.tempo, schedule.lastEpochBlock, block);
  if (remaining !== null && remaining < freezeWindow) return { kind: "refused", reason: "automaticEpochNear" };
  return { kind: "pending", pendingEpochAt: block + freezeWindow };
}

/** Epoch number that a commit made now belongs to: the index, plus one when the subnet is due this block. Source: spec/economics.md 2.11 (1). */
export function commitEpoch(epochIndex: number, dueThisBlock: boolean): number {
  return dueThisBlock ? epochIndex + 1 : epochIndex;
}

/** State of a hash commit: too early, revealable in exactly one epoch, then expired. Source: spec/economics.md 2.11 (2). */
export function commitState(
  commitEpochIndex: number,
  nowEpoch: number,
  periodEpochs: number,
): "early" | "revealable" | "expired" {
  const revealAt = commitEpochIndex + periodEpochs;
  return nowEpoch < revealAt ? "early" : nowEpoch === revealAt ? "revealable" : "expired";
}
