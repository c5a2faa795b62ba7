import { describe, expect, it } from "vitest";
import { commitHash } from "../../../../../../chain/src/node/runtime/subtensor/state/hash-commits.ts";
import { subtensorModule } from "../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { NETUID, startSubnet, validatorHotkey } from "./scenario.ts";
import { account, subtensor, type World } from "./world.ts";

const S = subtensorModule.storage;
const HOTKEY = validatorHotkey(0);
const row = { uids: [2, 3], values: [100, 50], salt: [1, 2, 3] };
const hashOf = (world: { salt: number[] } = row): string =>
  commitHash({
    hotkey: account(HOTKEY),
    index: NETUID,
    uids: row.uids,
    values: row.values,
    salt: world.salt,
    versionKey: 0n,
  });
const reveal = subtensor(HOTKEY, "reveal_weights", { netuid: NETUID, ...row, version_key: 0n });
const commit = (hash = hashOf()) => subtensor(HOTKEY, "commit_weights", { netuid: NETUID, commit_hash: hash });

/** Runs until the epoch with this index is counted. */
function runToEpoch(world: World, index: bigint): void {
  while (world.state.get(S.SubnetEpochIndex, NETUID) < index) world.block();
}

describe("hash commits", () => {
  it("hash as the published vector says", () => {
    const hash = commitHash({
      hotkey: account("//Alice"),
      index: 1,
      uids: [0, 1],
      values: [28086, 65535],
      salt: [1, 2, 3, 4, 5, 6, 7, 8],
      versionKey: 843000n,
    });
    expect(hash).toBe("0x232b8f7828d7b9dcb52e8256b4883758dcb6db5a10ad98030c84415d6df0e355");
  });

  it("are revealable only in the epoch one period later", () => {
    const world = startSubnet();
    world.run(20);
    const epoch = world.state.get(S.SubnetEpochIndex, NETUID);
    expect(world.block(reveal)).toEqual(["Custom 16"]);
    world.must(commit());
    expect(world.events("WeightsCommitted")).toHaveLength(1);
    expect(world.block(reveal)).toEqual(["Custom 17"]);
    runToEpoch(world, epoch + 1n);
    world.must(reveal);
    expect(world.events("WeightsRevealed")).toHaveLength(1);
    expect(world.state.get(S.Weights, NETUID, 0)).toEqual([
      [2, 65535],
      [3, 32768],
    ]);
    expect(world.state.has(S.WeightCommits, NETUID, account(HOTKEY))).toBe(false);
  });

  it("expire when their epoch has passed", () => {
    const world = startSubnet();
    world.run(20);
    const epoch = world.state.get(S.SubnetEpochIndex, NETUID);
    world.must(commit());
    runToEpoch(world, epoch + 2n);
    expect(world.block(reveal)).toEqual(["Custom 17"]);
    expect(world.block(commit(hashOf({ salt: [9] })))).toEqual(["ok"]);
    expect(world.state.get(S.WeightCommits, NETUID, account(HOTKEY))).toHaveLength(1);
  });

  it("are limited to ten unrevealed ones, and need commit-reveal to be on", () => {
    const world = startSubnet();
    world.run(20);
    for (let i = 0; i < 10; i++) world.must(commit(hashOf({ salt: [i] })));
    expect(world.block(commit(hashOf({ salt: [99] })))).toEqual(["TooManyUnrevealedCommits"]);
    world.must({
      who: "//Subnet//owner",
      call: {
        pallet: "AdminUtils",
        name: "sudo_set_commit_reveal_weights_enabled",
        args: { netuid: NETUID, enabled: false },
      },
    });
    expect(world.block(commit(hashOf({ salt: [99] })))).toEqual(["CommitRevealDisabled"]);
  });

  it("of a batch are reported one by one and the batch succeeds", () => {
    const world = startSubnet();
    world.run(20);
    const batch = subtensor(HOTKEY, "batch_commit_weights", {
      netuids: [NETUID, 9],
      commit_hashes: [hashOf(), hashOf()],
    });
    expect(world.block(batch)).toEqual(["ok"]);
    expect(world.events().map((event) => event.name)).toEqual(
      expect.arrayContaining([
        "WeightsCommitted",
        "BatchWeightItemFailed",
        "BatchCompletedWithErrors",
        "BatchWeightsCompleted",
      ]),
    );
  });
});

describe("direct weights", () => {
  it("are refused while commit-reveal is on and follow the order of checks when it is off", () => {
    const world = startSubnet();
    world.run(25);
    const set = (who: string, dests: number[], weights: number[]) =>
      subtensor(who, "set_weights", { netuid: NETUID, dests, weights, version_key: 0n });
    expect(world.block(set(HOTKEY, [2], [1]))).toEqual(["CommitRevealEnabled"]);
    world.must({
      who: "//Subnet//owner",
      call: {
        pallet: "AdminUtils",
        name: "sudo_set_commit_reveal_weights_enabled",
        args: { netuid: NETUID, enabled: false },
      },
    });
    expect(world.block(set(HOTKEY, [2, 3], [1]))).toEqual(["WeightVecNotEqualSize"]);
    expect(world.block(set(HOTKEY, [0, 1, 2, 3, 4, 5], [1, 1, 1, 1, 1, 1]))).toEqual(["UidsLengthExceedUidsInSubNet"]);
    expect(world.block(set("//Bob", [2], [1]))).toEqual(["HotKeyNotRegisteredInSubNet"]);
    expect(world.block(set("//Miner//0//hot", [3], [1]))).toEqual(["NeuronNoValidatorPermit"]);
    expect(world.block(set("//Miner//0//hot", [2], [1]))).toEqual(["ok"]);
    expect(world.block(set(HOTKEY, [2, 2], [1, 1]))).toEqual(["DuplicateUids"]);
    expect(world.block(set(HOTKEY, [7], [1]))).toEqual(["UidVecContainInvalidOne"]);
    expect(world.block(set(HOTKEY, [], []))).toEqual(["WeightVecLengthIsLow"]);
    world.must(set(HOTKEY, [2, 3], [10, 5]));
    expect(world.events("WeightsSet")).toHaveLength(1);
    expect(world.state.get(S.LastUpdate, NETUID)[0]).toBe(BigInt(world.number));
  });
});
