import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { changedHands, computeWeights, remapWeights } from "../../../../validator/src/weights/compute.ts";
import { metagraph, neuron } from "../support/metagraph.ts";

const linear = { kind: "linear" } as const;
const subnet = (hotkeys: readonly string[], minAllowedWeights = 1) => {
  const view = metagraph(hotkeys.map((hotkey, uid) => neuron({ uid, hotkey })));
  return { ...view, hyperparameters: { ...view.hyperparameters, minAllowedWeights } };
};

describe("weights from scores", () => {
  it("gives the best 65535 and the others their share, by the uid their hotkey holds now", () => {
    const scores = new Map([
      ["b", 0.5],
      ["c", 1],
      ["gone", 1],
    ]);
    expect(computeWeights({ scores, metagraph: subnet(["own", "c", "b"]), ownHotkey: "own", shape: linear })).toEqual({
      uids: [1, 2],
      values: [65_535, 32_768],
      hotkeys: ["c", "b"],
    });
  });

  it("gives nothing to a newcomer that took over a uid", () => {
    const scores = new Map([
      ["old", 1],
      ["b", 0.5],
    ]);
    expect(
      computeWeights({ scores, metagraph: subnet(["own", "new", "b"]), ownHotkey: "own", shape: linear })?.uids,
    ).toEqual([2]);
  });

  it("never weights the validator itself", () => {
    const scores = new Map([
      ["own", 1],
      ["b", 0.1],
    ]);
    expect(
      computeWeights({ scores, metagraph: subnet(["own", "b"]), ownHotkey: "own", shape: linear })?.hotkeys,
    ).toEqual(["b"]);
  });

  it("is undefined without a positive score", () => {
    expect(
      computeWeights({ scores: new Map([["b", 0]]), metagraph: subnet(["own", "b"]), ownHotkey: "own", shape: linear }),
    ).toBeUndefined();
  });

  it("adds zero weights when the subnet demands a minimum count", () => {
    const weights = computeWeights({
      scores: new Map([["b", 1]]),
      metagraph: subnet(["own", "b", "c", "d"], 3),
      ownHotkey: "own",
      shape: linear,
    });
    expect(weights).toEqual({ uids: [1, 2, 3], values: [65_535, 0, 0], hotkeys: ["b", "c", "d"] });
  });

  it("follows the scores, has ascending uids, no own uid and the maximum at 65535, for any scores and subnet", () => {
    const hotkeys = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 30 });
    const shape = fc.constantFrom(
      linear,
      { kind: "power", exponent: 3 } as const,
      { kind: "rank", decay: 0.5 } as const,
    );
    fc.assert(
      fc.property(
        hotkeys,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 30, maxLength: 30 }),
        shape,
        (names, values, chosen) => {
          const scores = new Map(names.map((name, i) => [name, values[i]!]));
          const own = names[0]!;
          const weights = computeWeights({ scores, metagraph: subnet(names), ownHotkey: own, shape: chosen });
          if (weights === undefined) return;
          expect(Math.max(...weights.values)).toBe(65_535);
          expect([...weights.uids].sort((a, b) => a - b)).toEqual(weights.uids);
          expect(weights.hotkeys).not.toContain(own);
          for (const [i, a] of weights.hotkeys.entries()) {
            expect(names[weights.uids[i]!]).toBe(a);
            for (const [j, b] of weights.hotkeys.entries()) {
              if (scores.get(a)! > scores.get(b)!) expect(weights.values[i]).toBeGreaterThanOrEqual(weights.values[j]!);
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("weights of an earlier epoch", () => {
  const earlier = { uids: [1, 2], values: [65_535, 100], hotkeys: ["b", "c"] };

  it("follow the hotkeys to their new uids and leave out who is gone", () => {
    expect(remapWeights(earlier, subnet(["own", "x", "y", "b"]), "own")).toEqual({
      uids: [3],
      values: [65_535],
      hotkeys: ["b"],
    });
    expect(remapWeights(earlier, subnet(["own", "x"]), "own")).toBeUndefined();
  });

  it("are checked for uids that changed hands", () => {
    expect(changedHands(earlier, subnet(["own", "b", "c"]))).toEqual([]);
    expect(changedHands(earlier, subnet(["own", "b", "x"]))).toEqual(["c"]);
    expect(changedHands(earlier, subnet(["own", "b"]))).toEqual(["c"]);
  });
});
