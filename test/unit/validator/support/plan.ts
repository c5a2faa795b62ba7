import type { Plan, PlannedMiner } from "../../../../validator/src/round/plan-record.ts";
import type { RoundSummary } from "../../../../validator/src/round/summary.ts";
import type { SettledScore } from "../../../../validator/src/store/round-store.ts";

/** A plan with nothing but what a test gives it. */
export function planOf(round: number, hotkeys: readonly string[], fields: Partial<Plan> = {}): Plan {
  const miners = hotkeys.map((hotkey, uid): PlannedMiner => ({ hotkey, uid, endpoint: null }));
  return {
    version: 1,
    netuid: 2,
    round,
    block: round * 10,
    blockHash: `0x${round}`,
    seed: `seed-${round}`,
    alpha: 0.5,
    plannedAtMs: 1_000,
    deadlineMs: 10_000_000_000_000,
    tasks: [{ id: "sum", share: 1 }],
    miners,
    ...fields,
  };
}

/** A miner's part of a settled round. */
export function scoreOf(hotkey: string, score: number, round = 0): SettledScore {
  return { hotkey, score, seen: { round, uid: 0, score, outcome: "answered", reason: "-", latencies: [10] } };
}

/** A summary with nothing in it. */
export function summaryOf(round: number): RoundSummary {
  return {
    round,
    block: round * 10,
    of: 0,
    answered: 0,
    late: 0,
    refused: 0,
    malformed: 0,
    unreachable: 0,
    skipped: 0,
    medianLatencyMs: null,
    tookMs: 0,
    settledAtMs: 0,
  };
}
