import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LedgerEntry } from "../../../../validator/src/weights/ledger-entry.ts";
import { decideWeights, type PreflightInput, retryDelay } from "../../../../validator/src/weights/preflight.ts";
import { metagraph, neuron } from "../support/metagraph.ts";

const weights = { uids: [1], values: [65_535], hotkeys: ["a"] };

function inputOf(change: Partial<PreflightInput> = {}): PreflightInput {
  return {
    block: 112,
    epoch: { lastEpochBlock: 100, tempo: 20, epochIndex: 5 },
    setup: {
      netuid: 2,
      block: 112,
      commitRevealEnabled: true,
      commitRevealVersion: 4,
      revealPeriodEpochs: 1,
      versionKey: 0n,
      rateLimitBlocks: 0,
      minAllowedWeights: 1,
      uidCount: 2,
      tempo: 20,
      nextEpochBlock: 120,
      stakeThresholdRao: 0n,
    },
    metagraph: metagraph([
      neuron({ uid: 0, hotkey: "own", validatorPermit: true, totalStakeRao: 10n }),
      neuron({ uid: 1, hotkey: "a" }),
    ]),
    ownHotkey: "own",
    entry: undefined,
    roundsCounted: 9,
    firstEver: false,
    weights,
    versionKey: 3n,
    submitFrom: 0.5,
    ...change,
  };
}

describe("what to do about weights", () => {
  it("is to commit them on a subnet with commit-reveal, to set them on one without", () => {
    const input = inputOf();
    expect(decideWeights(input)).toEqual({ kind: "submit", mode: "timelocked", weights });
    const plain = { ...input.setup, commitRevealEnabled: false };
    expect(decideWeights({ ...input, setup: plain })).toEqual({ kind: "submit", mode: "plain", weights });
  });

  it("is to wait for a version of the subnet's code that the subnet accepts", () => {
    const input = inputOf();
    expect(decideWeights({ ...input, setup: { ...input.setup, versionKey: 4n } })).toMatchObject({
      reason: "a newer subnet version",
    });
    expect(decideWeights({ ...input, setup: { ...input.setup, versionKey: 3n } }).kind).toBe("submit");
  });

  it("is to wait for a commit-reveal version we know", () => {
    const input = inputOf();
    const setup = { ...input.setup, commitRevealVersion: 5 };
    expect(decideWeights({ ...input, setup })).toMatchObject({ reason: "a known commit-reveal version" });
  });

  it("does not need a permit or stake for the owner's hotkey", () => {
    const owner = metagraph([neuron({ uid: 0, hotkey: "own" }), neuron({ uid: 1, hotkey: "a" })], {
      ownerHotkey: "own",
    });
    const input = inputOf({ metagraph: owner });
    expect(decideWeights({ ...input, setup: { ...input.setup, stakeThresholdRao: 5n } }).kind).toBe("submit");
  });

  it("is to wait for a few rounds before the very first weights, but not past the tempo", () => {
    const first = inputOf({ firstEver: true, roundsCounted: 1 });
    expect(decideWeights(first)).toEqual({ kind: "wait", reason: "more rounds before the first weights", blocks: 4 });
    expect(decideWeights({ ...first, roundsCounted: 3 }).kind).toBe("submit");
    expect(decideWeights({ ...first, block: 116 }).kind).toBe("submit");
    expect(decideWeights({ ...first, firstEver: false }).kind).toBe("submit");
  });

  it("finds a block to submit in every tempo of four blocks and more", () => {
    for (let tempo = 4; tempo <= 40; tempo++) {
      const blocks = Array.from({ length: tempo }, (_, i) => 100 + i);
      const chosen = blocks.filter(
        (block) =>
          decideWeights(inputOf({ block, epoch: { lastEpochBlock: 100, tempo, epochIndex: 5 } })).kind === "submit",
      );
      expect(chosen.length, `tempo ${tempo}`).toBeGreaterThan(0);
      expect(Math.max(...chosen) + 1, `tempo ${tempo}`).toBeLessThan(100 + tempo);
    }
  });

  it("is never to submit what the chain's own rules refuse", () => {
    const facts = fc.record({
      since: fc.nat(19),
      permit: fc.boolean(),
      registered: fc.boolean(),
      stake: fc.bigInt(0n, 10n),
      threshold: fc.bigInt(0n, 10n),
      lastUpdate: fc.nat(119),
      rateLimit: fc.nat(40),
      minCount: fc.nat(3),
      uidCount: fc.integer({ min: 2, max: 4 }),
      state: fc.constantFrom<LedgerEntry["state"] | undefined>(
        undefined,
        "failed",
        "effective",
        "revealed",
        "submitted",
      ),
    });
    fc.assert(
      fc.property(facts, (f) => {
        const base = inputOf();
        const block = 100 + f.since;
        const own = neuron({
          uid: 0,
          hotkey: f.registered ? "own" : "other",
          validatorPermit: f.permit,
          totalStakeRao: f.stake,
          lastUpdate: f.lastUpdate,
        });
        const entry: LedgerEntry | undefined =
          f.state === undefined
            ? undefined
            : {
                version: 1,
                epoch: 5,
                state: f.state,
                mode: "timelocked",
                uids: [],
                values: [],
                hotkeys: [],
                basedOnRound: 1,
                intentBlock: 105,
                attempts: 1,
                failedBlock: 105,
              };
        const decision = decideWeights({
          ...base,
          block,
          metagraph: metagraph([own, neuron({ uid: 1, hotkey: "a" })]),
          setup: {
            ...base.setup,
            stakeThresholdRao: f.threshold,
            rateLimitBlocks: f.rateLimit,
            minAllowedWeights: f.minCount,
            uidCount: f.uidCount,
          },
          entry,
        });
        if (decision.kind !== "submit") return;
        expect(f.registered && f.permit && f.stake >= f.threshold).toBe(true);
        expect(f.lastUpdate === 0 || block + 1 - f.lastUpdate >= f.rateLimit).toBe(true);
        expect(decision.weights.uids.length).toBeGreaterThanOrEqual(Math.min(f.minCount, f.uidCount));
        expect(block + 1).toBeLessThan(120);
        expect([undefined, "failed"]).toContain(f.state);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the pause after a failure", () => {
  it("grows, and leaves room for several attempts in a tempo", () => {
    expect([1, 2, 3, 9].map((attempts) => retryDelay(attempts, 360))).toEqual([1, 2, 4, 72]);
    expect([1, 2, 3, 9].map((attempts) => retryDelay(attempts, 20))).toEqual([1, 2, 4, 4]);
  });
});
