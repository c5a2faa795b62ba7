import { delay } from "@subnetkit/shared/util/delay";
import type { Trouble } from "./network.ts";
import { tempo } from "./world.ts";

/** An answer that takes longer than this says that the machine has no time for anybody, milliseconds. */
const slowMs = 600;

/** Work of the processor that is done now and then to see how long it takes, microseconds. */
const sampleUs = 4_000;

/** Samples that are looked at together: one alone says little. */
const samples = 8;

/** Part of a processor that a process must get: with less, nothing can be expected to be in time. */
const leastShare = 1 / 3;

/** Milliseconds between two looks. */
const everyMs = 250;

/**
 * Looks whether the machine itself keeps up: a busy one that stops everything for a while is an outage too, and none that a scenario made. Notes such times,
 * each with the tempo after it, and blocks in which a process gets too little of a processor; both with the milliseconds that were lost. Ends with the signal.
 */
export async function watchMachine(
  probes: { readonly head: () => Promise<number>; readonly ping: () => Promise<unknown> },
  note: (trouble: Trouble, ms: number) => void,
  signal: AbortSignal,
): Promise<void> {
  let head = await probes.head();
  const taken: { readonly ms: number; readonly head: number }[] = [];
  while (!signal.aborted) {
    const from = performance.now();
    const [next] = await Promise.all([probes.head().catch(() => head), probes.ping().catch(() => undefined)]);
    taken.push({ ms: sample(), head });
    await delay(everyMs);
    const ms = performance.now() - from - everyMs;
    const share = (taken.length * sampleUs) / 1_000 / taken.reduce((sum, one) => sum + one.ms, 0);
    if (ms > slowMs) note({ what: "the machine stood still", from: head, to: next + tempo }, ms);
    else if (taken.length === samples && share < leastShare)
      note({ what: "the machine was busy", from: taken[0]?.head ?? head, to: next }, (1 - share) * (ms + everyMs));
    if (taken.length === samples) taken.shift();
    head = next;
  }
}

/** How long it takes to get so much time of a processor, milliseconds. */
function sample(): number {
  const from = performance.now();
  const before = process.cpuUsage();
  for (let used = 0; used < sampleUs; ) {
    const { user, system } = process.cpuUsage(before);
    used = user + system;
  }
  return performance.now() - from;
}
