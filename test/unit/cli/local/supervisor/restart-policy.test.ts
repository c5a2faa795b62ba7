import { createRestartCounter, DEFAULT_RESTART_POLICY } from "@subnetkit/cli/local/supervisor/restart-policy";
import { describe, expect, it } from "vitest";

describe("the restart policy", () => {
  it("waits 1, 2, 4, 8 and 16 seconds, and gives up at the sixth crash", () => {
    const counter = createRestartCounter(DEFAULT_RESTART_POLICY);
    const decisions = Array.from({ length: 6 }, () => counter.died(100, 1));
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
    counter.died(100, 70);
    counter.died(59_999, null);
    expect(counter.died(60_000, 1)).toMatchObject({ kind: "restart", attempt: 1, delayMs: 1000 });
  });

  it("gives up at once a process that says it was called wrongly or lacks something, however long it ran", () => {
    for (const code of [2, 3])
      expect(createRestartCounter(DEFAULT_RESTART_POLICY).died(3_600_000, code)).toMatchObject({
        kind: "giveUp",
        refused: true,
      });
    for (const code of [1, 4, 5, 70, 127, null])
      expect(createRestartCounter(DEFAULT_RESTART_POLICY).died(100, code)).toMatchObject({ kind: "restart" });
  });
});
