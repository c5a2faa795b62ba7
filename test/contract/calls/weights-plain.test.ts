/** Weights set directly: the order of checks of spec/subtensor-interface.md 7.1, both calls, and the guard in front of them (1.5). */
import { describe, expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness, type Pair } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers(
  "SubtensorModule.set_weights",
  "CommitRevealEnabled",
  "CanNotSetRootNetworkWeights",
  "WeightVecNotEqualSize",
  "MechanismDoesNotExist",
  "UidsLengthExceedUidsInSubNet",
  "HotKeyNotRegisteredInSubNet",
  "NotEnoughStakeToSetWeights",
  "IncorrectWeightVersionKey",
  "SettingWeightsTooFast",
  "NeuronNoValidatorPermit",
  "DuplicateUids",
  "UidVecContainInvalidOne",
  "WeightVecLengthIsLow",
  "MaxWeightExceeded",
);
covers(
  "SubtensorModule.set_mechanism_weights",
  "CommitRevealEnabled",
  "CanNotSetRootNetworkWeights",
  "WeightVecNotEqualSize",
  "MechanismDoesNotExist",
  "UidsLengthExceedUidsInSubNet",
  "HotKeyNotRegisteredInSubNet",
  "NotEnoughStakeToSetWeights",
  "IncorrectWeightVersionKey",
  "SettingWeightsTooFast",
  "NeuronNoValidatorPermit",
  "DuplicateUids",
  "UidVecContainInvalidOne",
  "WeightVecLengthIsLow",
  "MaxWeightExceeded",
);

const { owner, ownerHot, validator, miner, stranger } = people;
const h = harness(async (world) => {
  await subnetWorld(world);
  await world.setSubtensor({
    CommitRevealWeightsEnabled: [0, 1, NETUID, 99].map((netuid) => [[netuid], false]),
    MechanismCountCurrent: [[[NETUID], 2]],
    LastUpdate: [
      [[NETUID], ["1", "1", "1"]],
      [[4096 + NETUID], ["1", "1", "1"]],
    ],
  });
});

describe.each([
  { call: "SubtensorModule.set_weights", index: NETUID, mechanism: [] as number[] },
  { call: "SubtensorModule.set_mechanism_weights", index: 4096 + NETUID, mechanism: [1] },
])("$call", ({ call, index, mechanism }) => {
  interface Row {
    readonly netuid?: number;
    readonly uids?: number[];
    readonly values?: number[];
    readonly version?: number;
  }
  const args = ({ netuid = NETUID, uids = [0, 2], values = [1, 3], version = 0 }: Row = {}): unknown[] => [
    netuid,
    ...mechanism,
    uids,
    values,
    version,
  ];
  const set = (row?: Row, who: Pair = validator) => h.ok(who, call, ...args(row));
  const refuse = (error: string, row?: Row, who: Pair = validator) => h.fails(error, who, call, ...args(row));

  it("stores the row scaled so that its largest value is 65535, in the given order, and the block", async () => {
    expect(await set({ uids: [2, 0, 1], values: [1, 3, 0] })).toEqual([["SubtensorModule.WeightsSet", index, 1]]);
    expect(await h.get("SubtensorModule.Weights", index, 1)).toEqual([
      [2, 21_845],
      [0, 65_535],
      [1, 0],
    ]);
    expect(await h.get("SubtensorModule.LastUpdate", index)).toEqual([1, await h.height(), 1]);
  });

  it("rounds half away from zero, multiplying first below 32769 and dividing first above", async () => {
    await set({ uids: [0, 1], values: [32_768, 32_767] });
    expect(await h.get("SubtensorModule.Weights", index, 1)).toEqual([
      [0, 65_535],
      [1, 65_533],
    ]);
    await set({ uids: [0, 1], values: [0, 0] });
    expect(await h.get("SubtensorModule.Weights", index, 1)).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });

  it("refuses in the order of the specification", async () => {
    const allWrong = { netuid: 0, uids: [0, 0, 9, 9], values: [1], version: 0 };
    await h.setSubtensor({ CommitRevealWeightsEnabled: [[[0], true]] });
    await refuse("CommitRevealEnabled", allWrong);
    await h.setSubtensor({ CommitRevealWeightsEnabled: [[[0], false]] });
    await refuse("CanNotSetRootNetworkWeights", allWrong);
    await refuse("WeightVecNotEqualSize", { ...allWrong, netuid: 99 });
    const long = { netuid: 99, uids: [0, 0, 9, 9], values: [1, 1, 1, 1] };
    await refuse("MechanismDoesNotExist", long);
    await h.setSubtensor({ WeightsVersionKey: [[[NETUID], 5]] });
    await refuse("UidsLengthExceedUidsInSubNet", { ...long, netuid: NETUID }, stranger);
    const three = { uids: [0, 0, 9], values: [1, 1, 1] };
    await refuse("HotKeyNotRegisteredInSubNet", three, stranger);
    await refuse("IncorrectWeightVersionKey", three, miner);
    await refuse("NeuronNoValidatorPermit", { ...three, version: 5 }, miner);
    await refuse("DuplicateUids", { ...three, version: 6 });
    await h.setSubtensor({ MinAllowedWeights: [[[NETUID], 1024]], MaxWeightsLimit: [[[NETUID], 40_000]] });
    await refuse("UidVecContainInvalidOne", { uids: [0, 9], values: [1, 1], version: 6 });
    await refuse("WeightVecLengthIsLow", { uids: [0, 2], values: [1, 9], version: 6 });
    await refuse("MaxWeightExceeded", { uids: [0, 1, 2], values: [1, 0, 9], version: 6 });
    await set({ uids: [0, 1, 2], values: [4, 4, 4], version: 6 });
  });

  it("asks for the stake threshold first, of everyone but the owner's uid", async () => {
    await h.setSubtensor({ StakeThreshold: "1000000000000000", WeightsSetRateLimit: [[[NETUID], 100]] });
    await h.guarded([1, "NotEnoughStakeToSetWeights"], validator, call, ...args());
    await h.guarded([1, "NotEnoughStakeToSetWeights"], stranger, call, ...args({ values: [1] }));
    await h.setSubtensor({ WeightsSetRateLimit: [[[NETUID], 0]] });
    await set({}, ownerHot);
  });

  it("opens again exactly WeightsSetRateLimit blocks after the last update; never updated passes", async () => {
    await h.setSubtensor({ WeightsSetRateLimit: [[[NETUID], 100]] });
    const updated = await h.height();
    await h.setSubtensor({ LastUpdate: [[[index], ["0", String(updated), "1"]]] });
    await h.nextIs(updated + 97);
    await h.guarded([6, "SettingWeightsTooFast"], validator, call, ...args());
    await h.nextIs(updated + 99);
    expect(await h.submit(validator, h.tx(call, ...args()))).toMatchObject({ data: "Custom error: 6" });
    await h.nextIs(updated + 100);
    await set();
    await h.setSubtensor({ LastUpdate: [[[index], ["0", "0", "0"]]] });
    await set();
  });

  it("lets a hotkey without a permit weigh itself alone, whatever the limits, and the owner anything", async () => {
    await h.setSubtensor({ MinAllowedWeights: [[[NETUID], 3]], MaxWeightsLimit: [[[NETUID], 1]] });
    await set({ uids: [2], values: [7] }, miner);
    expect(await h.get("SubtensorModule.Weights", index, 2)).toEqual([[2, 65_535]]);
    await refuse("NeuronNoValidatorPermit", { uids: [1], values: [7] }, miner);
    await h.setSubtensor({ MinAllowedWeights: [[[NETUID], 1]], ValidatorPermit: [[[NETUID], [false, false, false]]] });
    await h.setSubtensor({ MaxWeightsLimit: [[[NETUID], 65_535]] });
    await set({ uids: [1], values: [7] }, ownerHot);
    await refuse("NeuronNoValidatorPermit", { uids: [0], values: [7] });
  });

  it("asks for no more weights than there are neurons", async () => {
    await h.setSubtensor({ MinAllowedWeights: [[[NETUID], 1024]] });
    await set({ uids: [0, 1, 2], values: [1, 1, 1] });
  });

  it("needs no origin but a hotkey's: a batch of the owner's coldkey cannot set them", async () => {
    await refuse("HotKeyNotRegisteredInSubNet", {}, owner);
  });
});

describe("SubtensorModule.set_mechanism_weights", () => {
  it("knows the mechanisms of the subnet only", async () => {
    await h.fails("MechanismDoesNotExist", validator, "SubtensorModule.set_mechanism_weights", NETUID, 2, [0], [1], 0);
    await h.ok(validator, "SubtensorModule.set_mechanism_weights", NETUID, 0, [0], [1], 0);
    expect(await h.get("SubtensorModule.Weights", NETUID, 1)).toEqual([[0, 65_535]]);
  });
});
