import { delay } from "@subnetkit/shared/util/delay";
import type { Trouble } from "./network.ts";
import { tempo } from "./world.ts";

/** An answer that takes longer than this says that the machine has no time for anybody, milliseconds. */
const slowMs = 600;

/**
 * Looks whether the machine itself keeps up: a busy one that stops everything for a while is an outage too, and none that a scenario made. Notes such times,
 * each with the tempo after it, until the signal fires.
 */
export async function watchMachine(
  probes: { readonly head: () => Promise<number>; readonly ping: () => Promise<unknown> },
  note: (trouble: Trouble) => void,
  signal: AbortSignal,
): Promise<void> {
  let head = await probes.head();
  while (!signal.aborted) {
    const from = performance.now();
    const [next] = await Promise.all([probes.head().catch(() => head), probes.ping().catch(() => undefined)]);
    await delay(250);
    if (performance.now() - from > slowMs + 250)
      note({ what: "the machine stood still", from: head, to: next + tempo });
    head = next;
  }
}
