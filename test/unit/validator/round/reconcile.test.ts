import { describe, expect, it } from "vitest";
import type { JobState, RoundQueues } from "../../../../validator/src/queue/queues.ts";
import { reconcileRounds } from "../../../../validator/src/round/reconcile.ts";
import type { RoundStore } from "../../../../validator/src/store/round-store.ts";
import { planOf } from "../support/plan.ts";

const limits = { lateAfterMs: 5_000, abandonAfterMs: 20_000, watchedSinceMs: 0 };
const deadlineMs = 1_000_000;

/** One open round with or without a plan, and a settle job in some state. */
async function repairOf(
  afterDeadlineMs: number,
  {
    state = "pending",
    planned = true,
    watchedSinceMs = 0,
  }: { state?: JobState; planned?: boolean; watchedSinceMs?: number },
): Promise<{ readonly actions: readonly string[]; readonly calls: readonly string[] }> {
  const calls: string[] = [];
  const call = async (name: string): Promise<void> => void calls.push(name);
  const rounds: Pick<RoundStore, "open" | "plan" | "abandon"> = {
    open: async () => [7],
    plan: async () => (planned ? planOf(7, ["a"], { deadlineMs }) : undefined),
    abandon: async () => {
      await call("abandon");
      return true;
    },
  };
  const queues: Pick<RoundQueues, "settleState" | "addRound" | "retrySettle" | "addLateSettle"> = {
    settleState: async () => state,
    addRound: () => call("addRound"),
    retrySettle: () => call("retrySettle"),
    addLateSettle: () => call("addLateSettle"),
  };
  const repairs = await reconcileRounds(
    { ...limits, watchedSinceMs },
    { rounds: rounds as RoundStore, queues: queues as RoundQueues, nowMs: () => deadlineMs + afterDeadlineMs },
    new AbortController().signal,
  );
  return { actions: repairs.map(({ action }) => action), calls };
}

describe("looking after open rounds", () => {
  it.each<[string, number, Parameters<typeof repairOf>[1], string[], string[]]>([
    ["leaves a round alone that is on its way", -500, {}, [], []],
    ["adds jobs that a crash kept from being added", -500, { state: "absent" }, ["re-added"], ["addRound"]],
    ["retries a settle that failed for good", -500, { state: "failed" }, ["retried"], ["retrySettle"]],
    ["settles with what is there when a flow lost a job", 5_000, {}, ["late-settle"], ["addLateSettle"]],
    ["gives up what cannot be settled", 20_001, {}, ["abandoned"], ["abandon"]],
    ["gives up a round whose plan is gone", -500, { planned: false }, ["abandoned"], ["abandon"]],
  ])("%s", async (_name, afterDeadlineMs, round, actions, calls) => {
    expect(await repairOf(afterDeadlineMs, round)).toEqual({ actions, calls });
  });

  it("gives a round that a long stop cut in two its time again, instead of giving it up at the start", async () => {
    const hourMs = 3_600_000;
    const resumed = { watchedSinceMs: deadlineMs + hourMs };
    expect((await repairOf(hourMs + 100, resumed)).actions).toEqual([]);
    expect((await repairOf(hourMs + 5_000, resumed)).actions).toEqual(["late-settle"]);
    expect((await repairOf(hourMs + 20_001, resumed)).actions).toEqual(["abandoned"]);
  });
});
