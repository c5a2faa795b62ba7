import { ema } from "@subnetkit/shared/scoring";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import { challengeOf, taskOf } from "../../../validator/src/round/challenge.ts";
import type { Plan } from "../../../validator/src/round/plan-record.ts";
import { scoreRound, type TaskReplies } from "../../../validator/src/round/score.ts";
import type { RoundStore } from "../../../validator/src/store/round-store.ts";
import type { Network } from "./network.ts";

/** What became of the rounds of a network. */
export type RoundsAudit = {
  readonly planned: number;
  readonly settled: number;
  /** Planned, and neither settled nor open: what was asked in them is in nobody's score. */
  readonly lost: readonly number[];
  /** Settled more than once. */
  readonly doubled: readonly number[];
  /** Miners of settled rounds that nobody asked. */
  readonly skipped: number;
  /** Rounds without a plan between the first and the last one. */
  readonly unplanned: readonly number[];
  /** Sentences about what does not add up. */
  readonly problems: readonly string[];
};

/**
 * Counts every settled round again, from the pinned plans and the first outcomes as Redis has them, one after the other in the order in which they were
 * settled, and compares the averages with those in Redis: equal to the last bit when every (round, hotkey) was counted exactly once.
 */
export async function auditRounds(network: Network, subnet: SubnetDefinition): Promise<RoundsAudit> {
  const { db, keys, rounds } = network;
  const problems: string[] = [];
  const order = (await rounds.summaries(10_000)).map(({ round }) => round).reverse();
  const settled = new Set(order);
  const doubled = order.filter((round, i) => order.indexOf(round) !== i);
  const open = new Set(await rounds.open());
  const planned = (await db.keys(keys.plan(0).replace(/[{}]/g, "?").replace(/0$/, "*")))
    .map((key) => Number(key.split(":").at(-1)))
    .sort((a, b) => a - b);
  const lost = planned.filter((round) => !settled.has(round) && !open.has(round));
  const averages = new Map<string, number>();
  let previous = -1;
  let skipped = 0;
  for (const round of settled) {
    const plan = await rounds.plan(round);
    const before = await rounds.before(round);
    if (plan === undefined || before === undefined) {
      problems.push(`round ${round} is settled but has no ${plan === undefined ? "plan" : "record of before"}`);
      continue;
    }
    if (before.previous !== previous) problems.push(`round ${round} found ${before.previous} settled, not ${previous}`);
    previous = round;
    const { scores } = scoreRound(plan, subnet, await repliesOf(plan, rounds, subnet));
    skipped += plan.miners.length - scores.length;
    for (const { hotkey, score } of scores) {
      const known = averages.get(hotkey);
      const found = before.emas.get(hotkey);
      if (known !== found)
        problems.push(`round ${round} found ${String(found)} of ${hotkey}, which was ${String(known)}`);
      averages.set(hotkey, ema(known, score, plan.alpha));
    }
  }
  const kept = await db.hgetall(keys.ema);
  for (const hotkey of new Set([...averages.keys(), ...Object.keys(kept)])) {
    const is = kept[hotkey] === undefined ? undefined : Number(kept[hotkey]);
    if (is !== averages.get(hotkey)) problems.push(`${hotkey} has ${String(is)}, not ${String(averages.get(hotkey))}`);
  }
  const last = await rounds.lastSettled();
  if (last !== previous) problems.push(`the last settled round is ${last}, not ${previous}`);
  const [first = 0] = planned;
  const all = new Set(planned);
  const unplanned = Array.from({ length: (planned.at(-1) ?? first) - first }, (_, i) => first + i).filter(
    (round) => !all.has(round),
  );
  return { planned: planned.length, settled: settled.size, lost, doubled, skipped, unplanned, problems };
}

async function repliesOf(plan: Plan, rounds: RoundStore, subnet: SubnetDefinition): Promise<readonly TaskReplies[]> {
  return await Promise.all(
    plan.tasks.map(async ({ id }): Promise<TaskReplies> => {
      const [outcomes, { challenge }] = await Promise.all([
        rounds.outcomes(plan.round, id),
        challengeOf(plan, taskOf(subnet, id)),
      ]);
      return { taskId: id, challenge, outcomes };
    }),
  );
}
