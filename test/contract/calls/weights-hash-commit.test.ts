/** Weights committed as a hash and revealed an epoch later (spec/subtensor-interface.md 6.1). */
import { describe, expect, it } from "vitest";
import { blake2AsHex } from "@polkadot/util-crypto";
import { covers } from "./coverage.ts";
import { harness, type Pair } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers(
  "SubtensorModule.commit_weights",
  "MechanismDoesNotExist",
  "CommitRevealDisabled",
  "HotKeyNotRegisteredInSubNet",
  "CommittingWeightsTooFast",
  "TooManyUnrevealedCommits",
  "NotEnoughStakeToSetWeights",
);
covers(
  "SubtensorModule.reveal_weights",
  "CommitRevealDisabled",
  "NoWeightsCommitFound",
  "RevealTooEarly",
  "NotEnoughStakeToSetWeights",
  "WeightVecNotEqualSize",
  "DuplicateUids",
  "CanNotSetRootNetworkWeights",
);
covers(
  "SubtensorModule.commit_mechanism_weights",
  "MechanismDoesNotExist",
  "CommitRevealDisabled",
  "HotKeyNotRegisteredInSubNet",
  "CommittingWeightsTooFast",
  "TooManyUnrevealedCommits",
  "NotEnoughStakeToSetWeights",
);
covers(
  "SubtensorModule.reveal_mechanism_weights",
  "CommitRevealDisabled",
  "NoWeightsCommitFound",
  "RevealTooEarly",
  "NotEnoughStakeToSetWeights",
  "WeightVecNotEqualSize",
  "DuplicateUids",
);

const { validator, stranger } = people;
const h = harness(async (world) => {
  await subnetWorld(world);
  await world.setSubtensor({
    MechanismCountCurrent: [[[NETUID], 2]],
    LastUpdate: [[[4096 + NETUID], ["1", "1", "1"]]],
    SubnetEpochIndex: [[[NETUID], 10]],
  });
});

const SALT = [1, 2, 3];
interface Row {
  readonly uids?: number[];
  readonly values?: number[];
  readonly version?: number;
}
const row = ({ uids = [0, 2], values = [1, 3], version = 0 }: Row = {}): [number[], number[], number[], number] => [
  uids,
  values,
  SALT,
  version,
];
/** Blake2-256 over the SCALE tuple of 6.1, composed by polkadot.js. */
function hashOf(index: number, of: Row = {}, who: Pair = validator): string {
  const [uids, values, salt, version] = row(of);
  const tuple = "(AccountId, u16, Vec<u16>, Vec<u16>, Vec<u16>, u64)";
  return blake2AsHex(h.api.registry.createType(tuple, [who.address, index, uids, values, salt, version]).toU8a());
}
const epoch = (index: number): Promise<void> => h.setSubtensor({ SubnetEpochIndex: [[[NETUID], index]] });

it("hashes as the known vector of the specification", () => {
  const tuple = h.api.registry.createType("(AccountId, u16, Vec<u16>, Vec<u16>, Vec<u16>, u64)", [
    people.sudo.address,
    1,
    [0, 1],
    [28_086, 65_535],
    [1, 2, 3, 4, 5, 6, 7, 8],
    843_000,
  ]);
  expect(blake2AsHex(tuple.toU8a())).toBe("0x232b8f7828d7b9dcb52e8256b4883758dcb6db5a10ad98030c84415d6df0e355");
});

describe.each([
  { commit: "SubtensorModule.commit_weights", reveal: "SubtensorModule.reveal_weights", index: NETUID, mechanism: [] },
  {
    commit: "SubtensorModule.commit_mechanism_weights",
    reveal: "SubtensorModule.reveal_mechanism_weights",
    index: 4096 + NETUID,
    mechanism: [1],
  },
])("$commit", ({ commit, reveal, index, mechanism }) => {
  const hash = (of?: Row, who?: Pair): string => hashOf(index, of, who);
  const commitNow = (of?: Row) => h.ok(validator, commit, NETUID, ...mechanism, hash(of));
  const args = (of?: Row): unknown[] => [NETUID, ...mechanism, ...row(of)];
  const commits = () => h.get("SubtensorModule.WeightCommits", index, validator.address);

  it("stores hash, epoch and block, and counts as an update", async () => {
    expect(await commitNow()).toEqual([["SubtensorModule.WeightsCommitted", validator.address, index, hash()]]);
    const block = await h.height();
    expect(await commits()).toEqual([[hash(), 10, block, 0]]);
    expect((await h.get<number[]>("SubtensorModule.LastUpdate", index))[1]).toBe(block);
  });

  it("refuses commits in the order of the specification", async () => {
    const other = hash();
    await h.fails("MechanismDoesNotExist", stranger, commit, 99, ...mechanism, other);
    await h.setSubtensor({ CommitRevealWeightsEnabled: [[[NETUID], false]], WeightsSetRateLimit: [[[NETUID], 100]] });
    await h.fails("CommitRevealDisabled", stranger, commit, NETUID, ...mechanism, other);
    await h.setSubtensor({ CommitRevealWeightsEnabled: [[[NETUID], true]] });
    await h.fails("HotKeyNotRegisteredInSubNet", stranger, commit, NETUID, ...mechanism, other);
    await h.setSubtensor({ StakeThreshold: "1000000000000000" });
    await h.guarded([1, "NotEnoughStakeToSetWeights"], validator, commit, NETUID, ...mechanism, other);
    await h.setSubtensor({ StakeThreshold: 0, LastUpdate: [[[index], ["1", String(await h.height()), "1"]]] });
    await h.guarded([6, "CommittingWeightsTooFast"], validator, commit, NETUID, ...mechanism, other);
  });

  it("opens again exactly WeightsSetRateLimit blocks after the last update", async () => {
    await h.setSubtensor({ WeightsSetRateLimit: [[[NETUID], 4]] });
    await commitNow();
    await h.blocks(2);
    expect(await h.submit(validator, h.tx(commit, NETUID, ...mechanism, hash()))).toMatchObject({
      data: "Custom error: 6",
    });
    await h.blocks(1);
    await commitNow();
  });

  it("holds ten commits, expired ones not counted", async () => {
    const ten = Array.from({ length: 10 }, (_, i) => [`0x${String(i).repeat(64)}`, 9, 1, 0]);
    await h.setSubtensor({ WeightCommits: [[[index, validator.address], ten]] });
    await h.fails("TooManyUnrevealedCommits", validator, commit, NETUID, ...mechanism, hash());
    await epoch(11);
    await commitNow();
    expect(await commits()).toEqual([[hash(), 11, await h.height(), 0]]);
  });

  it("opens only in the epoch RevealPeriodEpochs after the commit", async () => {
    await h.setSubtensor({ RevealPeriodEpochs: [[[NETUID], 2]] });
    await commitNow();
    await h.guarded([17, "RevealTooEarly"], validator, reveal, ...args());
    await epoch(11);
    await h.guarded([17, "RevealTooEarly"], validator, reveal, ...args());
    await epoch(13);
    await h.guarded([17, "RevealTooEarly"], validator, reveal, ...args());
    await epoch(12);
    expect(await h.ok(validator, reveal, ...args())).toEqual([
      ["SubtensorModule.WeightsSet", index, 1],
      ["SubtensorModule.WeightsRevealed", validator.address, index, hash()],
    ]);
    expect(await h.get("SubtensorModule.Weights", index, 1)).toEqual([
      [0, 21_845],
      [2, 65_535],
    ]);
    expect(await commits()).toBeNull();
  });

  it("drops the older commits with the revealed one, keeps younger ones, and does not touch the update block", async () => {
    await commitNow({ version: 1 });
    await commitNow({ version: 2 });
    await commitNow({ version: 3 });
    const committed = await h.height();
    await epoch(11);
    await h.ok(validator, reveal, ...args({ version: 2 }));
    expect(await commits()).toEqual([[hash({ version: 3 }), 10, committed, 0]]);
    expect((await h.get<number[]>("SubtensorModule.LastUpdate", index))[1]).toBe(committed);
    await h.guarded([16, "NoWeightsCommitFound"], validator, reveal, ...args({ version: 1 }));
  });

  it("refuses reveals: stake, then the commit, then its epoch, then commit-reveal off", async () => {
    await h.guarded([16, "NoWeightsCommitFound"], validator, reveal, ...args());
    await h.setSubtensor({ StakeThreshold: "1000000000000000" });
    await h.guarded([1, "NotEnoughStakeToSetWeights"], validator, reveal, ...args());
    await h.setSubtensor({ StakeThreshold: 0 });
    await commitNow();
    await h.guarded([16, "NoWeightsCommitFound"], validator, reveal, ...args({ version: 9 }));
    await h.guarded([17, "RevealTooEarly"], validator, reveal, ...args());
    await epoch(11);
    await h.setSubtensor({ CommitRevealWeightsEnabled: [[[NETUID], false]] });
    await h.fails("CommitRevealDisabled", validator, reveal, ...args());
  });

  it("checks the revealed row as a direct one, without the rate limit, and keeps the commit of a row that fails", async () => {
    const bad = { uids: [0, 0], values: [1, 1] };
    await commitNow(bad);
    await commitNow({ uids: [0], values: [1, 2] });
    await epoch(11);
    await h.setSubtensor({ WeightsSetRateLimit: [[[NETUID], 1000]] });
    await h.fails("DuplicateUids", validator, reveal, ...args(bad));
    await h.fails("WeightVecNotEqualSize", validator, reveal, ...args({ uids: [0], values: [1, 2] }));
    expect(await commits()).toHaveLength(2);
  });
});

describe("SubtensorModule.reveal_weights", () => {
  it("on root commits are taken but no row can be revealed", async () => {
    const hash = hashOf(0);
    await h.setSubtensor({
      Uids: [[[0, validator.address], 0]],
      SubnetworkN: [[[0], 1]],
      WeightCommits: [[[0, validator.address], [[hash, 9, 1, 0]]]],
      // Root's epochs are always due and never run: commits there count one epoch ahead.
      SubnetEpochIndex: [[[0], 9]],
    });
    await h.fails("CanNotSetRootNetworkWeights", validator, "SubtensorModule.reveal_weights", 0, ...row());
  });
});
