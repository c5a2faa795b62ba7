import { scoresOrganic, type SubnetDefinition } from "@subnetkit/shared/subnet";
import type { Plan } from "../round/plan-record.ts";
import { organicBounds } from "./organic-pair.ts";
import { type OrganicQueue, takePairs } from "./organic-queue.ts";

export type AddPairsOptions = {
  /** Pairs scored with one round at most; 0 for none. */
  readonly perRound: number;
  readonly nowMs: number;
};

/** A plan with the pairs that are scored with it, and what is to leave the queue when it is pinned. Reads the queue and changes nothing. */
export async function addPairs(
  plan: Plan,
  { perRound, nowMs }: AddPairsOptions,
  { queue, subnet }: { readonly queue: OrganicQueue; readonly subnet: SubnetDefinition },
): Promise<{ readonly plan: Plan; readonly texts: readonly string[] }> {
  const waiting = perRound === 0 ? [] : await queue.oldest(organicBounds.waiting);
  if (waiting.length === 0) return { plan, texts: [] };
  const asked = new Set(plan.miners.map(({ hotkey }) => hotkey));
  const tasks = new Set(
    plan.tasks.flatMap(({ id }) => (subnet.tasks[id] && scoresOrganic(subnet.tasks[id]) ? [id] : [])),
  );
  const { pairs, texts } = takePairs(waiting, { perRound, asked, tasks, nowMs });
  return { plan: pairs.length === 0 ? plan : { ...plan, organic: [...pairs] }, texts };
}
