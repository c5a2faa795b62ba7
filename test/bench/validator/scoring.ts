import { settleRound } from "../../../validator/src/round/settle.ts";
import { createSeenMemory } from "../../../validator/src/round/seen.ts";
import { challengeOf, taskOf } from "../../../validator/src/round/challenge.ts";
import { planOf } from "../../unit/validator/support/plan.ts";
import { type Cost, costOf, medianCost, type Row, timeRow } from "../chain/measure.ts";
import { openBenchScorer } from "./bench-scorer.ts";
import { startBenchRedis } from "./redis.ts";
import { benchSubnet, openBenchState } from "./rig.ts";

const hotkeys = Array.from({ length: 256 }, (_, i) => `5Bench${String(i).padStart(42, "x")}`);

/** Scoring and settling a round whose answers are there, in the scoring thread as in a validator, with a task whose own scorer costs next to nothing. */
export async function scoring({ quick }: { readonly quick: boolean }): Promise<Row[]> {
  const redis = await startBenchRedis();
  const state = openBenchState(redis.url, "{val:bench-scoring}");
  const { rounds, scores, witness } = state;
  const memory = createSeenMemory();
  const scorer = await openBenchScorer();
  const plain: Cost[] = [];
  const witnessed: Cost[] = [];
  const [warmups, samples] = [20, quick ? 20 : 100];
  for (let round = 0; round < warmups + 2 * samples; round++) {
    const plan = planOf(round, hotkeys, { alpha: 0.3 });
    await rounds.pin(plan);
    const { challenge } = await challengeOf(plan, taskOf(benchSubnet, "sum"));
    const body = { sum: challenge.key as number };
    await rounds.stage(
      round,
      "sum",
      hotkeys.map((hotkey, i) => [hotkey, { kind: "answered", latencyMs: 100.25 + i, body }] as const),
    );
    const modules = { subnet: benchSubnet, rounds, scores, scorer, nowMs: Date.now, memory };
    const evidence = round % 2 === 1;
    const cost = await costOf(() =>
      settleRound(round, evidence ? { ...modules, witness } : modules, new AbortController().signal),
    );
    if (round >= warmups) (evidence ? witnessed : plain).push(cost);
  }
  await scorer.close();
  state.close();
  await redis.stop();
  return [
    timeRow("scoring and settling 256 replies", medianCost(plain), 30),
    timeRow("the same with evidence of this round and the one before", medianCost(witnessed)),
  ];
}
