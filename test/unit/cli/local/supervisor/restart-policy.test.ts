import { createRestartCounter, DEFAULT_RESTART_POLICY } from "@subnetkit/cli/local/supervisor/restart-policy";
import { describe, expect, it } from "vitest";

describe("the restart policy", () => {
  it("waits 1, 2, 4, 8 and 16 seconds, and gives up at the sixth crash", () => {
    const counter = createRestartCounter(DEFAULT_RESTART_POLICY);
    const decisions = Array.from({ length: 6 }, () => counter.died(100));
    expect(decisions.map((decision) => (decision.kind === "restart" ? decision.delayMs : decision.kind))).toEqual([
      1000,
      2000,
      4000,
      8000,
      16_000,
      "giveUp",
    ]);
  });

  it("forgets the crashes of a process that then ran well for a minute", () => {
    const counter = createRestartCounter(DEFAULT_RESTART_POLICY);
    counter.died(100);
    counter.died(59_999);
    expect(counter.died(60_000)).toMatchObject({ kind: "restart", attempt: 1, delayMs: 1000 });
  });
});
