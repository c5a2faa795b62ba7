import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunksOf, chunkSize, makePlan, type PlanInput, selectMiners } from "../../../../validator/src/round/plan.ts";
import { planSchema } from "../../../../validator/src/round/plan-record.ts";
import { localAxon, metagraph, neuron } from "../support/metagraph.ts";
import { sumSubnet } from "../support/subnet.ts";

const view = metagraph([
  neuron({ uid: 0, hotkey: "own", validatorPermit: true, axon: localAxon(1) }),
  neuron({ uid: 1, hotkey: "miner", axon: localAxon(2) }),
  neuron({ uid: 2, hotkey: "offline" }),
  neuron({ uid: 3, hotkey: "validator", validatorPermit: true }),
  neuron({ uid: 4, hotkey: "staked", totalStakeRao: 1n }),
  neuron({ uid: 5, hotkey: "staked miner", totalStakeRao: 1n, axon: localAxon(3) }),
]);

const input: PlanInput = {
  round: 12,
  head: { number: 123, hash: "0xabc" },
  metagraph: view,
  subnet: sumSubnet,
  hotkey: "own",
  salt: new Uint8Array(32).fill(1),
  alpha: 0.3,
  scored: new Set(),
  nowMs: 5_000,
  roundMs: 2_500,
};

describe("who is asked", () => {
  it("is every miner, offline ones too, but no validator and not ourselves", () => {
    expect(selectMiners(view, "own", new Set()).map(({ hotkey }) => hotkey)).toEqual([
      "miner",
      "offline",
      "staked miner",
    ]);
  });

  it("is also whoever was scored before, so that nobody freezes a score by hiding behind stake", () => {
    expect(selectMiners(view, "own", new Set(["staked", "own"])).map(({ hotkey }) => hotkey)).toEqual([
      "miner",
      "offline",
      "staked",
      "staked miner",
    ]);
  });
});

describe("a plan", () => {
  it("pins everything the round depends on", () => {
    expect(makePlan(input)).toMatchObject({
      netuid: 2,
      round: 12,
      block: 123,
      blockHash: "0xabc",
      alpha: 0.3,
      plannedAtMs: 5_000,
      deadlineMs: 7_500,
      tasks: [{ id: "sum", share: 1 }],
      miners: [
        { hotkey: "miner", uid: 1, endpoint: { ip: "0.0.0.1", port: 2, ipType: 4 } },
        { hotkey: "offline", uid: 2, endpoint: null },
        { hotkey: "staked miner", uid: 5 },
      ],
    });
  });

  it("is the same for the same input, has another seed for another block, round, validator or secret, and survives Redis", () => {
    const plan = makePlan(input)!;
    expect(makePlan(input)).toEqual(plan);
    expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    const others = [
      makePlan({ ...input, head: { number: 123, hash: "0xabd" } }),
      makePlan({ ...input, round: 13 }),
      makePlan({ ...input, hotkey: "other" }),
      makePlan({ ...input, salt: new Uint8Array(32).fill(2) }),
    ];
    expect(new Set([plan, ...others].map((each) => each?.seed)).size).toBe(5);
  });

  it("leaves time for the slowest task even in a short round", () => {
    expect(makePlan({ ...input, roundMs: 10 })?.deadlineMs).toBe(5_400);
  });

  it("is undefined when there is nobody to ask", () => {
    expect(makePlan({ ...input, metagraph: metagraph([neuron({ uid: 0, hotkey: "own" })]) })).toBeUndefined();
  });
});

describe("chunks", () => {
  it("begin with the miners nobody knows and then the slowest, so that the others are asked while those think", () => {
    const miner = (hotkey: string, expectMs?: number) => ({
      hotkey,
      uid: 0,
      endpoint: null,
      ...(expectMs === undefined ? {} : { expectMs }),
    });
    const chunks = chunksOf(
      [miner("quick", 10), miner("new"), miner("slow", 900), miner("newer"), miner("as slow", 900)],
      2,
    );
    expect(chunks.map((chunk) => chunk.map(({ hotkey }) => hotkey))).toEqual([
      ["new", "newer"],
      ["slow", "as slow"],
      ["quick"],
    ]);
  });

  it("hold every miner once, in order, none larger than the limit", () => {
    fc.assert(
      fc.property(fc.nat(300), (count) => {
        const miners = Array.from({ length: count }, (_, uid) => ({ hotkey: `m${uid}`, uid, endpoint: null }));
        const chunks = chunksOf(miners);
        expect(chunks.flat()).toEqual(miners);
        expect(chunks.every((chunk) => chunk.length > 0 && chunk.length <= chunkSize)).toBe(true);
      }),
    );
  });
});
