import { diffMetagraph, type Metagraph, type MetagraphDiff, neuronOf } from "@subnetkit/chain/client/metagraph";
import type { BlockClock, Head } from "@subnetkit/shared/clock/block-clock";
import type { Logger } from "@subnetkit/shared/log/logger";

export type MetagraphSyncOptions = {
  /** Blocks between refreshes. */
  readonly everyBlocks: number;
};

export type MetagraphSyncModules = {
  readonly clock: BlockClock;
  /** Reads the subnet as of a block; must have a deadline of its own. */
  readonly fetch: (head: Head) => Promise<Metagraph>;
  readonly log: Logger;
};

/** The newest metagraph this process has read. */
export interface MetagraphSync {
  current(): Metagraph | undefined;
  /** Reads now, whatever the clock says. */
  refresh(head: Head): Promise<Metagraph>;
  /** Hotkeys registered at present. */
  hotkeys(): ReadonlySet<string>;
  /** The uid that a hotkey holds at present, undefined for one that is not registered. */
  uidOf(hotkey: string): number | undefined;
}

/** Keeps a metagraph fresh by the block clock. A refresh that fails is the clock's to report; the last good one stays. */
export function createMetagraphSync(
  { everyBlocks }: MetagraphSyncOptions,
  { clock, fetch, log }: MetagraphSyncModules,
): MetagraphSync {
  let metagraph: Metagraph | undefined;
  let hotkeys: ReadonlySet<string> = new Set();
  let refreshedAt = Number.NEGATIVE_INFINITY;

  async function refresh(head: Head): Promise<Metagraph> {
    const next = await fetch(head);
    const diff = diffMetagraph(metagraph, next);
    const first = metagraph === undefined;
    metagraph = next;
    hotkeys = new Set(next.neurons.map((neuron) => neuron.hotkey));
    refreshedAt = head.number;
    if (!first && isChange(diff)) log.info(countsOf(diff), "the subnet changed");
    return next;
  }

  clock.everyBlock("metagraph", async (head) => {
    // A chain that went back (a restored local chain) is read anew as well.
    if (Math.abs(head.number - refreshedAt) >= everyBlocks) await refresh(head);
  });

  return {
    current: () => metagraph,
    refresh,
    hotkeys: () => hotkeys,
    uidOf: (hotkey) => (metagraph === undefined ? undefined : neuronOf(metagraph, hotkey)?.uid),
  };
}

function isChange(diff: MetagraphDiff): boolean {
  return Object.values(diff).some((changes) => changes.length > 0);
}

/** How many of each change: hotkeys are a peer's to choose and stay out of the log at this level. */
function countsOf(diff: MetagraphDiff): Record<string, number> {
  return Object.fromEntries(Object.entries(diff).map(([kind, changes]) => [kind, changes.length]));
}
