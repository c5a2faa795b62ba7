/** Batches of weights: every item for itself, the batch always succeeds; reveals in one go (spec/subtensor-interface.md 2.3, 6.1). */
import { blake2AsHex } from "@polkadot/util-crypto";
import { describe, expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers("SubtensorModule.batch_set_weights", "InputLengthsUnequal", "NotEnoughStakeToSetWeights");
covers("SubtensorModule.batch_commit_weights", "InputLengthsUnequal", "NotEnoughStakeToSetWeights");
covers(
  "SubtensorModule.batch_reveal_weights",
  "InputLengthsUnequal",
  "NotEnoughStakeToSetWeights",
  "NoWeightsCommitFound",
  "RevealTooEarly",
  "CommitRevealDisabled",
  "InvalidRevealCommitHashNotMatch",
  "DuplicateUids",
);

const { validator, miner } = people;
const h = harness(async (world) => {
  await subnetWorld(world);
  await world.setSubtensor({
    CommitRevealWeightsEnabled: [[[1], false]],
    SubnetEpochIndex: [[[NETUID], 10]],
    LastUpdate: [[[NETUID], ["1", "1", "1"]]],
  });
});
const index = async (name: string): Promise<number> => {
  const pallet = h.api.runtimeMetadata.asLatest.pallets.find((one) => one.name.eq("SubtensorModule"));
  const errors = h.api.registry.lookup.getSiType(pallet?.errors.unwrap().type as never).def.asVariant.variants;
  return errors.find((one) => one.name.eq(name))?.index.toNumber() ?? -1;
};
const moduleError = async (name: string) => ({
  module: { index: 7, error: `0x${(await index(name)).toString(16).padStart(2, "0")}000000` },
});
const off = (netuid: number): Promise<void> => h.setSubtensor({ CommitRevealWeightsEnabled: [[[netuid], false]] });

describe("SubtensorModule.batch_set_weights", () => {
  const call = "SubtensorModule.batch_set_weights";
  const row: [number, number][] = [
    [0, 1],
    [2, 3],
  ];

  it("sets every row and tells the batch", async () => {
    await off(NETUID);
    expect(await h.ok(validator, call, [NETUID], [row], [0])).toEqual([
      ["SubtensorModule.WeightsSet", NETUID, 1],
      ["SubtensorModule.BatchWeightsCompleted", [NETUID], validator.address],
    ]);
    expect(await h.get("SubtensorModule.Weights", NETUID, 1)).toEqual([
      [0, 21_845],
      [2, 65_535],
    ]);
  });

  it("tells a failed item, goes on, and succeeds", async () => {
    await off(NETUID);
    expect(await h.ok(validator, call, [1, NETUID, 0], [row, row, row], [0, 0, 0])).toEqual([
      ["SubtensorModule.BatchWeightItemFailed", 1, await moduleError("UidsLengthExceedUidsInSubNet")],
      ["SubtensorModule.WeightsSet", NETUID, 1],
      ["SubtensorModule.BatchWeightItemFailed", 0, await moduleError("CommitRevealEnabled")],
      ["SubtensorModule.BatchCompletedWithErrors"],
      ["SubtensorModule.BatchWeightsCompleted", [1, NETUID, 0], validator.address],
    ]);
  });

  it("applies the rate limit per item, in dispatch", async () => {
    await off(NETUID);
    await h.setSubtensor({ WeightsSetRateLimit: [[[NETUID], 100]] });
    const failed = await moduleError("SettingWeightsTooFast");
    expect(await h.ok(validator, call, [NETUID, NETUID], [row, row], [0, 0])).toEqual([
      ["SubtensorModule.WeightsSet", NETUID, 1],
      ["SubtensorModule.BatchWeightItemFailed", NETUID, failed],
      ["SubtensorModule.BatchCompletedWithErrors"],
      ["SubtensorModule.BatchWeightsCompleted", [NETUID, NETUID], validator.address],
    ]);
  });

  it("is refused as a whole for unequal lists, then for stake missing on any subnet", async () => {
    await h.setSubtensor({ StakeThreshold: "1000000000000000" });
    await h.guarded([18, "InputLengthsUnequal"], miner, call, [NETUID], [row, row], [0]);
    await h.guarded([18, "InputLengthsUnequal"], miner, call, [NETUID], [row], []);
    await h.guarded([1, "NotEnoughStakeToSetWeights"], miner, call, [NETUID], [row], [0]);
  });

  it("completes when empty", async () => {
    expect(await h.ok(validator, call, [], [], [])).toEqual([
      ["SubtensorModule.BatchWeightsCompleted", [], validator.address],
    ]);
  });
});

const hash = (version: number, uids = [0, 2], values = [1, 3]): string =>
  blake2AsHex(
    h.api.registry
      .createType("(AccountId, u16, Vec<u16>, Vec<u16>, Vec<u16>, u64)", [
        validator.address,
        NETUID,
        uids,
        values,
        [7],
        version,
      ])
      .toU8a(),
  );

describe("SubtensorModule.batch_commit_weights", () => {
  const call = "SubtensorModule.batch_commit_weights";

  it("commits what it can and tells the rest", async () => {
    expect(await h.ok(validator, call, [NETUID, 1, 77], [hash(1), hash(2), hash(3)])).toEqual([
      ["SubtensorModule.WeightsCommitted", validator.address, NETUID, hash(1)],
      ["SubtensorModule.BatchWeightItemFailed", 1, await moduleError("CommitRevealDisabled")],
      ["SubtensorModule.BatchWeightItemFailed", 77, await moduleError("MechanismDoesNotExist")],
      ["SubtensorModule.BatchCompletedWithErrors"],
      ["SubtensorModule.BatchWeightsCompleted", [NETUID, 1, 77], validator.address],
    ]);
  });

  it("is refused for unequal lists, then for stake", async () => {
    await h.setSubtensor({ StakeThreshold: "1000000000000000" });
    await h.guarded([18, "InputLengthsUnequal"], miner, call, [NETUID], []);
    await h.guarded([1, "NotEnoughStakeToSetWeights"], miner, call, [NETUID], [hash(1)]);
  });
});

describe("SubtensorModule.batch_reveal_weights", () => {
  const call = "SubtensorModule.batch_reveal_weights";
  const commits = () => h.get<unknown[]>("SubtensorModule.WeightCommits", NETUID, validator.address);
  const args = (versions: number[], rows: [number[], number[]][] = []): unknown[] => [
    NETUID,
    versions.map((_, i) => rows[i]?.[0] ?? [0, 2]),
    versions.map((_, i) => rows[i]?.[1] ?? [1, 3]),
    versions.map(() => [7]),
    versions,
  ];
  const store = (entries: [string, number][]): Promise<void> =>
    h.setSubtensor({
      WeightCommits: [[[NETUID, validator.address], entries.map(([one, epoch]) => [one, epoch, 1, 0])]],
    });

  it("reveals all and tells them once; other commits stay", async () => {
    await store([
      [hash(1), 9],
      [hash(2), 9],
      [hash(3), 9],
    ]);
    expect(await h.ok(validator, call, ...args([3, 1]))).toEqual([
      ["SubtensorModule.WeightsSet", NETUID, 1],
      ["SubtensorModule.WeightsSet", NETUID, 1],
      ["SubtensorModule.WeightsBatchRevealed", validator.address, NETUID, [hash(3), hash(1)]],
    ]);
    expect(await commits()).toEqual([[hash(2), 9, 1, 0]]);
  });

  it("is refused for lengths, stake, a missing commit, one too early, and commit-reveal off, in this order", async () => {
    await h.setSubtensor({ StakeThreshold: "1000000000000000" });
    for (const at of [1, 2, 3, 4])
      await h.guarded(
        [18, "InputLengthsUnequal"],
        validator,
        call,
        ...args([1]).map((list, i) => (i === at ? [] : list)),
      );
    await h.guarded([1, "NotEnoughStakeToSetWeights"], validator, call, ...args([1]));
    await h.setSubtensor({ StakeThreshold: 0 });
    await h.guarded([16, "NoWeightsCommitFound"], validator, call, ...args([1]));
    await store([
      [hash(1), 10],
      [hash(2), 9],
    ]);
    await h.guarded([16, "NoWeightsCommitFound"], validator, call, ...args([5, 1]));
    await h.guarded([17, "RevealTooEarly"], validator, call, ...args([2, 1]));
    await off(NETUID);
    await h.fails("CommitRevealDisabled", validator, call, ...args([2]));
  });

  it("undoes everything when one row fails or one commit is shown twice", async () => {
    await store([
      [hash(1), 9],
      [hash(2, [0, 0], [1, 1]), 9],
    ]);
    const rows: [number[], number[]][] = [
      [
        [0, 2],
        [1, 3],
      ],
      [
        [0, 0],
        [1, 1],
      ],
    ];
    await h.fails("DuplicateUids", validator, call, ...args([1, 2], rows));
    await h.fails("InvalidRevealCommitHashNotMatch", validator, call, ...args([1, 1]));
    expect(await h.get("SubtensorModule.Weights", NETUID, 1)).toEqual([]);
    expect(await commits()).toHaveLength(2);
  });
});
