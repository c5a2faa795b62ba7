import { describe, expect, it } from "vitest";
import type { JobState, RoundQueues } from "../../../../validator/src/queue/queues.ts";
import { reconcileRounds } from "../../../../validator/src/round/reconcile.ts";
import { createRoundWatch } from "../../../../validator/src/round/round-watch.ts";
import type { RoundStore } from "../../../../validator/src/store/round-store.ts";
import { planOf } from "../support/plan.ts";

const limits = { lateAfterMs: 5_000 };
const plannedAtMs = 1_000_000;

type Looks = {
  readonly state?: JobState;
  readonly planned?: boolean;
  /** Milliseconds between one look and the next, as a monotonic clock tells. */
  readonly everyMs?: number;
  /** Milliseconds that the plan gives the round. */
  readonly ownTimeMs?: number;
};

/** One open round with or without a plan, and a settle job in some state; the repairs of each of so many looks. */
async function repairsOf(
  looks: number,
  { state = "pending", planned = true, everyMs = 5_000, ownTimeMs = 2_000 }: Looks,
): Promise<{ readonly actions: readonly string[]; readonly calls: readonly string[] }> {
  const calls: string[] = [];
  const call = async (name: string): Promise<void> => void calls.push(name);
  const rounds: Pick<RoundStore, "open" | "plan" | "abandon"> = {
    open: async () => [7],
    plan: async () => (planned ? planOf(7, ["a"], { plannedAtMs, deadlineMs: plannedAtMs + ownTimeMs }) : undefined),
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
  let now = 0;
  const watch = createRoundWatch(() => now);
  const actions: string[] = [];
  for (let look = 0; look < looks; look++) {
    calls.length = 0;
    const modules = { rounds: rounds as RoundStore, queues: queues as RoundQueues, watch };
    const repairs = await reconcileRounds(limits, modules, new AbortController().signal);
    actions.push(repairs[0]?.action ?? "-");
    now += everyMs;
  }
  return { actions, calls };
}

describe("looking after open rounds", () => {
  it.each<[string, number, Looks, string, string[]]>([
    ["leaves a round alone that is on its way", 1, {}, "-", []],
    ["adds jobs that a crash kept from being added", 1, { state: "absent" }, "re-added", ["addRound"]],
    ["retries a settle that failed for good", 1, { state: "failed" }, "retried", ["retrySettle"]],
    ["settles with what is there when a flow lost a job", 3, {}, "late-settle", ["addLateSettle"]],
    ["gives up a round whose plan is gone", 1, { planned: false }, "abandoned", ["abandon"]],
    ["gives up a settle that failed for good after each retry", 3, { state: "failed" }, "abandoned", ["abandon"]],
    ["gives up a settle that was done and did not help", 3, { state: "completed" }, "abandoned", ["abandon"]],
    ["never gives up a settle that waits for a worker", 1_000, {}, "late-settle", ["addLateSettle"]],
  ])("%s", async (_name, looks, round, action, calls) => {
    const found = await repairsOf(looks, round);
    expect([found.actions.at(-1), found.calls]).toEqual([action, calls]);
  });

  it("does not count the time in which nobody could look, such as an outage, a sleep or a stop", async () => {
    const hourMs = 3_600_000;
    expect((await repairsOf(3, { everyMs: hourMs, ownTimeMs: 12_000 })).actions).toEqual(["-", "-", "late-settle"]);
  });
});
