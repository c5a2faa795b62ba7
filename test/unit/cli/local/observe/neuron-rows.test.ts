import { stakeWeighted } from "@subnetkit/cli/local/observe/chain-watch";
import { outcomeWord } from "@subnetkit/cli/local/observe/neuron-rows";
import { parseValidatorReport, verdictOn } from "@subnetkit/cli/local/observe/validator-report";
import { describe, expect, it } from "vitest";

describe("what the table says of a neuron", () => {
  it("weighs the weights of validators by their stake, each brought to one first", () => {
    const votes = [
      {
        stake: 3,
        vector: [
          [0, 65_535],
          [1, 65_535],
        ] as const,
      },
      { stake: 1, vector: [[1, 100]] as const },
    ];
    expect(stakeWeighted(votes, 3)).toEqual([0.375, 0.625, 0]);
  });

  it("knows no weight before somebody has set one", () => {
    expect(stakeWeighted([{ stake: 3, vector: [] }], 2)).toEqual([null, null]);
    expect(stakeWeighted([], 1)).toEqual([null]);
  });

  it("takes the mean score of the validators that know the miner", () => {
    const report = (score: number, hotkey: string) =>
      parseValidatorReport({ scores: [{ hotkey, score, lastOutcome: "answered", p50LatencyMs: 4 }], lastRound: null });
    const reports = [report(0.5, "a"), report(0.7, "a"), report(0.1, "b")].filter((entry) => entry !== undefined);
    expect(verdictOn("a", reports)).toEqual({ score: 0.6, p50Ms: 4, outcome: "answered" });
    expect(verdictOn("c", reports)).toEqual({ score: null, p50Ms: null, outcome: undefined });
  });

  it("does not trust a status page of another shape", () => {
    expect(parseValidatorReport({ scores: [{ hotkey: 3 }] })).toBeUndefined();
    expect(parseValidatorReport("nonsense")).toBeUndefined();
  });

  it.each([
    ["answered", 3, "ok"],
    ["answered", 800, "slow"],
    ["late", null, "late"],
    ["malformed", 3, "wrong"],
    ["refused", 3, "wrong"],
    ["unreachable", null, "no-reply"],
    [undefined, null, undefined],
  ] as const)("calls a miner whose last outcome was %s after %s ms %s", (outcome, p50, word) => {
    expect(outcomeWord(outcome, p50)).toBe(word);
  });
});
