import { scoresOrganic, type SubnetDefinition } from "@subnetkit/shared/subnet";
import type { Plan } from "../round/plan-record.ts";
import { type OrganicQueue, takePairs } from "./organic-queue.ts";

export type AddPairsOptions = {
  /** Pairs scored with one round at most; 0 for none. */
  readonly perRound: number;
  readonly nowMs: number;
};

/** Waiting pairs that are looked at for one round: a pair of a miner that is not asked may be in front of others. */
const lookedAt = 4;

/** A plan with the pairs that are scored with it, and what is to leave the queue when it is pinned. Reads the queue and changes nothing. */
export async function addPairs(
  plan: Plan,
  { perRound, nowMs }: AddPairsOptions,
  { queue, subnet }: { readonly queue: OrganicQueue; readonly subnet: SubnetDefinition },
): Promise<{ readonly plan: Plan; readonly texts: readonly string[] }> {
  const waiting = await queue.oldest(perRound * lookedAt);
  if (waiting.length === 0) return { plan, texts: [] };
  const asked = new Set(plan.miners.map(({ hotkey }) => hotkey));
  const tasks = new Set(
    plan.tasks.flatMap(({ id }) => (subnet.tasks[id] && scoresOrganic(subnet.tasks[id]) ? [id] : [])),
  );
  const { pairs, texts } = takePairs(waiting, { perRound, asked, tasks, nowMs });
  return { plan: pairs.length === 0 ? plan : { ...plan, organic: [...pairs] }, texts };
}
