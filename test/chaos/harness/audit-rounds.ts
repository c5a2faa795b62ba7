import { ema } from "@subnetkit/shared/scoring";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import { challengeOf, taskOf } from "../../../validator/src/round/challenge.ts";
import type { Plan } from "../../../validator/src/round/plan-record.ts";
import { type RoundScore, scoreRound, type TaskReplies } from "../../../validator/src/round/score.ts";
import type { RoundStore } from "../../../validator/src/store/round-store.ts";
import { isRight } from "./crowd.ts";
import { type Network, roundBlocks } from "./network.ts";
import { registeredMiners } from "./world.ts";

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
  /** The averages by hotkey as every settled round left them, by round. */
  readonly averages: ReadonlyMap<number, ReadonlyMap<string, number>>;
  /** Sentences about what does not add up. */
  readonly problems: readonly string[];
};

/** A round with what its miners were given. */
type Counted = {
  readonly plan: Plan;
  readonly scores: readonly RoundScore[];
  readonly replies: readonly TaskReplies[];
};

/**
 * Counts every settled round again, from the pinned plans and the first outcomes as Redis has them, one after the other in the order in which they were
 * settled, and compares the averages with those in Redis: equal to the last bit when every (round, hotkey) was counted exactly once. What the miners know
 * that they answered must be what they were given, and where nothing was broken every miner must have been asked in every round.
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
  const after = new Map<number, ReadonlyMap<string, number>>();
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
    const replies = await repliesOf(plan, rounds, subnet);
    const { scores } = scoreRound(plan, subnet, replies);
    skipped += plan.miners.length - scores.length;
    problems.push(...wrongToMiners(network, { plan, scores, replies }));
    for (const { hotkey, score } of scores) {
      const known = averages.get(hotkey);
      const found = before.emas.get(hotkey);
      if (known !== found)
        problems.push(`round ${round} found ${String(found)} of ${hotkey}, which was ${String(known)}`);
      averages.set(hotkey, ema(known, score, plan.alpha));
    }
    after.set(round, new Map(averages));
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
  for (const round of unplanned)
    if (!isDisturbed(network, round)) problems.push(`round ${round} has no plan, though nothing was broken`);
  const counts = { planned: planned.length, settled: settled.size, skipped };
  return { ...counts, lost, doubled, unplanned, averages: after, problems };
}

/** What a round did to miners that were honest all the time. */
function wrongToMiners(network: Network, { plan, scores, replies }: Counted): string[] {
  const { crowd } = network;
  const problems: string[] = [];
  const given = new Map(scores.map((score) => [score.hotkey, score]));
  for (const [place, { address }] of crowd.keypairs.entries()) {
    if (!crowd.alwaysHonest(place) || !plan.miners.some(({ hotkey }) => hotkey === address)) continue;
    const { score, outcome } = given.get(address) ?? {};
    const asked = replies[0]?.challenge.request as { a: number; b: number };
    const right = isRight(place, asked) ? 1 : 0;
    if (outcome?.kind === "answered" && score !== right)
      problems.push(`round ${plan.round} gave miner ${place} ${score} for an answer that is worth ${right}`);
    // Newcomers are registered before they have said where they are.
    if (outcome?.kind !== "answered" && place < registeredMiners && !isDisturbed(network, plan.round))
      problems.push(
        `round ${plan.round} has ${outcome?.kind ?? "nothing"} of miner ${place}, though nothing was broken`,
      );
  }
  return problems;
}

/** Whether something was broken while a round was planned, asked or settled. */
function isDisturbed({ troubles }: Network, round: number): boolean {
  const from = (round - 1) * roundBlocks;
  const to = (round + 2) * roundBlocks;
  return troubles.some((trouble) => trouble.from <= to && trouble.to >= from);
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
