import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makePlan, type PlanInput } from "../../../../validator/src/round/plan.ts";
import { planSchema } from "../../../../validator/src/round/plan-record.ts";
import { drawSample, type KnownMiner, type Sample, sampleOf } from "../../../../validator/src/round/sampling.ts";
import { knownMiners } from "../../../../validator/src/round/known-miners.ts";
import type { Seen } from "../../../../validator/src/round/seen.ts";
import { localAxon, metagraph, neuron } from "../support/metagraph.ts";
import { planOf } from "../support/plan.ts";
import { sumSubnet } from "../support/subnet.ts";

const miners = Array.from({ length: 100 }, (_, uid) => ({ hotkey: sha256Hex(`miner ${uid}`), uid }));
const known = new Map(
  miners.slice(0, 80).map(({ hotkey, uid }): [string, KnownMiner] => [hotkey, { score: uid / 80, askedIn: uid % 10 }]),
);

const sample = (policy: Sample["policy"], size: number): Sample => {
  const made = sampleOf({ policy, size }, miners, known);
  if (made === undefined) throw new Error("everyone");
  return made;
};

describe("a sample", () => {
  it("is everyone by default, and where there are no more miners than it would have", () => {
    expect(sampleOf({ policy: "everyone", size: 1 }, miners, known)).toBeUndefined();
    expect(sampleOf({ policy: "stratified", size: 100 }, miners, known)).toBeUndefined();
  });

  it("takes its part of every tier of scores, and of the miners without one", () => {
    const drawn = drawSample(sample("stratified", 20), "seed");
    const uids = miners.filter(({ hotkey }) => drawn.has(hotkey)).map(({ uid }) => uid);
    const counts = [0, 1, 2, 3, 4].map((tier) => uids.filter((uid) => Math.floor(uid / 20) === tier).length);
    expect(counts).toEqual([4, 4, 4, 4, 4]);
  });

  it("takes those first who were asked longest ago, and those before them who never were", () => {
    const stale = sample("stale-first", 28);
    const drawn = drawSample(stale, "seed");
    const standings = stale.candidates.filter(([hotkey]) => drawn.has(hotkey)).map(([, , round]) => round);
    expect(standings.filter((round) => round === -1)).toHaveLength(20);
    expect(standings.filter((round) => round === 0)).toHaveLength(8);
  });

  it("reaches everyone within as many rounds as it takes, when it is stale first", () => {
    const asked = new Map<string, number>();
    for (let round = 0; round < 10; round++) {
      const facts = new Map([...asked].map(([hotkey, askedIn]) => [hotkey, { score: 0.5, askedIn }]));
      const one = sampleOf({ policy: "stale-first", size: 10 }, miners, facts);
      for (const hotkey of drawSample(one!, `seed ${round}`)) asked.set(hotkey, round);
    }
    expect(asked.size).toBe(100);
  });

  it("counts a round that is not settled yet as asked", () => {
    const seen: Seen = { round: 3, uid: 0, score: 1, outcome: "answered", reason: "-", latencies: [] };
    const standings = new Map([["a", { hotkey: "a", ema: 0.5, seen }]]);
    expect([...knownMiners(standings, [planOf(5, ["a", "b"]), undefined])]).toEqual([
      ["a", { score: 0.5, askedIn: 5 }],
      ["b", { score: -1, askedIn: 5 }],
    ]);
  });

  it("has its size, no stranger and nobody twice, and follows from seed and candidates alone, whatever their order", () => {
    const candidate = fc.tuple(
      fc.stringMatching(/^[a-z]{6}$/),
      fc.nat(4_095),
      fc.oneof(fc.constant(-1), fc.double({ min: 0, max: 1, noNaN: true })),
    );
    fc.assert(
      fc.property(
        fc.constantFrom("stratified" as const, "stale-first" as const),
        fc.integer({ min: 1, max: 60 }),
        fc.uniqueArray(candidate, { selector: ([hotkey]) => hotkey, minLength: 1, maxLength: 80 }),
        fc.string(),
        (policy, size, candidates, seed) => {
          const drawn = drawSample({ policy, size, candidates }, seed);
          expect(drawn.size).toBe(Math.min(size, candidates.length));
          const hotkeys = new Set(candidates.map(([hotkey]) => hotkey));
          expect([...drawn].every((hotkey) => hotkeys.has(hotkey))).toBe(true);
          const turned = drawSample({ policy, size, candidates: [...candidates].reverse() }, seed);
          expect([...turned].sort()).toEqual([...drawn].sort());
        },
      ),
      { numRuns: 200 },
    );
  });

  it("is another one with another seed", () => {
    const one = sample("stratified", 20);
    expect([...drawSample(one, "a")].sort()).not.toEqual([...drawSample(one, "b")].sort());
  });
});

describe("a plan of a sample", () => {
  const input: PlanInput = {
    round: 12,
    head: { number: 123, hash: "0xabc" },
    metagraph: metagraph([
      neuron({ uid: 0, hotkey: "own", validatorPermit: true }),
      ...miners.map(({ hotkey, uid }) => neuron({ uid: uid + 1, hotkey, axon: localAxon(uid + 1) })),
    ]),
    subnet: sumSubnet,
    hotkey: "own",
    salt: new Uint8Array(32).fill(1),
    alpha: 0.3,
    scored: new Set(known.keys()),
    known,
    sampling: { policy: "stratified", size: 16 },
    nowMs: 5_000,
    roundMs: 2_500,
  };

  it("pins the sample, and survives the way through Redis", () => {
    const plan = makePlan(input)!;
    expect(plan.miners).toHaveLength(16);
    expect(plan.sample?.candidates).toHaveLength(100);
    const stored = planSchema.parse(JSON.parse(JSON.stringify(plan)));
    expect(stored).toEqual(plan);
    expect(drawSample(stored.sample!, stored.seed)).toEqual(new Set(plan.miners.map(({ hotkey }) => hotkey)));
  });

  it("says nothing of samples when everyone is asked", () => {
    const plan = makePlan({ ...input, sampling: { policy: "everyone", size: 16 } })!;
    expect(plan.miners).toHaveLength(100);
    expect(plan).not.toHaveProperty("sample");
  });
});
