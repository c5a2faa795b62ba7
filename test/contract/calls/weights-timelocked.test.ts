/** Weights committed as a ciphertext that a drand round opens (spec/subtensor-interface.md 6.3), against the chain's own beacon. */
import { blake2AsHex } from "@polkadot/util-crypto";
import { hexToU8a, u8aToHex } from "@polkadot/util";
import { timelockEncrypt } from "@subnetkit/shared/crypto/timelock";
import { describe, expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers(
  "SubtensorModule.commit_timelocked_weights",
  "NotEnoughStakeToSetWeights",
  "InvalidRevealRound",
  "MechanismDoesNotExist",
  "CommitRevealDisabled",
  "IncorrectCommitRevealVersion",
  "HotKeyNotRegisteredInSubNet",
  "CommittingWeightsTooFast",
  "TooManyUnrevealedCommits",
);
covers(
  "SubtensorModule.commit_timelocked_mechanism_weights",
  "NotEnoughStakeToSetWeights",
  "InvalidRevealRound",
  "MechanismDoesNotExist",
  "CommitRevealDisabled",
  "IncorrectCommitRevealVersion",
  "HotKeyNotRegisteredInSubNet",
  "CommittingWeightsTooFast",
  "TooManyUnrevealedCommits",
);
covers(
  "SubtensorModule.commit_crv3_mechanism_weights",
  "NotEnoughStakeToSetWeights",
  "InvalidRevealRound",
  "MechanismDoesNotExist",
  "CommitRevealDisabled",
  "IncorrectCommitRevealVersion",
  "HotKeyNotRegisteredInSubNet",
  "CommittingWeightsTooFast",
  "TooManyUnrevealedCommits",
);

const { validator, miner, stranger } = people;
const h = harness(
  async (world) => {
    await subnetWorld(world);
    await world.setSubtensor({
      MechanismCountCurrent: [[[NETUID], 2]],
      LastUpdate: [[[4096 + NETUID], ["1", "1", "1"]]],
      SubnetEpochIndex: [[[NETUID], 10]],
    });
  },
  { drandPeriodSeconds: 1 },
);

/** The plaintext of 6.3: hotkey, uids, values, version key. */
function payload(row: { uids?: number[]; values?: number[]; hotkey?: Uint8Array; version?: number } = {}): Uint8Array {
  const { uids = [0, 2], values = [1, 3], hotkey = validator.publicKey, version = 0 } = row;
  return h.api.registry
    .createType("(Bytes, Vec<u16>, Vec<u16>, u64)", [u8aToHex(hotkey), uids, values, version])
    .toU8a();
}
const lastRound = () => h.int("Drand.LastStoredRound");
async function encrypt(plain: Uint8Array, round: bigint): Promise<string> {
  const { publicKey } = await h.get<{ publicKey: string }>("Drand.BeaconConfig");
  return u8aToHex(timelockEncrypt(plain, round, hexToU8a(publicKey)));
}
const epoch = (index: number): Promise<void> => h.setSubtensor({ SubnetEpochIndex: [[[NETUID], index]] });

describe.each([
  { call: "SubtensorModule.commit_timelocked_weights", index: NETUID, before: [], after: [4] },
  { call: "SubtensorModule.commit_timelocked_mechanism_weights", index: 4096 + NETUID, before: [1], after: [4] },
  { call: "SubtensorModule.commit_crv3_mechanism_weights", index: 4096 + NETUID, before: [1], after: [] },
])("$call", ({ call, index, before, after }) => {
  const args = (commit: string, round: bigint, netuid = NETUID, version: number[] = after): unknown[] => [
    netuid,
    ...before,
    commit,
    round,
    ...version,
  ];
  const queue = (of = 10) => h.get<unknown[]>("SubtensorModule.TimelockedWeightCommits", index, of);

  it("stores hotkey, block, ciphertext and round under the epoch, and counts as an update", async () => {
    const round = (await lastRound()) + 50n;
    expect(await h.ok(validator, call, ...args("0x0102", round))).toEqual([
      ["SubtensorModule.TimelockedWeightsCommitted", validator.address, index, blake2AsHex("0x0102"), Number(round)],
    ]);
    const block = await h.height();
    expect(await queue()).toEqual([[validator.address, block, "0x0102", Number(round)]]);
    expect((await h.get<number[]>("SubtensorModule.LastUpdate", index))[1]).toBe(block);
  });

  it("refuses in the order stake, round, mechanism, switch, version, registration, rate, number", async () => {
    const late = (await lastRound()) + 500n;
    await h.setSubtensor({
      StakeThreshold: "1000000000000000",
      CommitRevealWeightsEnabled: [[[NETUID], false]],
      CommitRevealWeightsVersion: 5,
      WeightsSetRateLimit: [[[NETUID], 1000]],
    });
    await h.guarded([1, "NotEnoughStakeToSetWeights"], stranger, call, ...args("0x01", 0n, 99));
    await h.setSubtensor({ StakeThreshold: 0 });
    await h.guarded([15, "InvalidRevealRound"], stranger, call, ...args("0x01", (await lastRound()) - 1n, 99));
    await h.fails("MechanismDoesNotExist", stranger, call, ...args("0x01", late, 99));
    await h.fails("CommitRevealDisabled", stranger, call, ...args("0x01", late));
    await h.setSubtensor({ CommitRevealWeightsEnabled: [[[NETUID], true]] });
    await h.fails("IncorrectCommitRevealVersion", stranger, call, ...args("0x01", late));
    await h.setSubtensor({ CommitRevealWeightsVersion: 4 });
    await h.fails("HotKeyNotRegisteredInSubNet", stranger, call, ...args("0x01", late));
    await h.setSubtensor({ LastUpdate: [[[index], ["1", "1", String(await h.height())]]] });
    await h.fails("CommittingWeightsTooFast", miner, call, ...args("0x01", late));
  });

  it("opens again exactly WeightsSetRateLimit blocks after the last update, in dispatch, not at the pool", async () => {
    const late = (await lastRound()) + 500n;
    await h.ok(validator, call, ...args("0x01", late));
    await h.setSubtensor({ WeightsSetRateLimit: [[[NETUID], 4]] });
    await h.blocks(1);
    await h.fails("CommittingWeightsTooFast", validator, call, ...args("0x02", late));
    await h.ok(validator, call, ...args("0x03", late));
  });

  it("takes ten of a hotkey in an epoch and the newest stored round", async () => {
    const late = Number(await lastRound()) + 500;
    const full = Array.from({ length: 10 }, () => [validator.address, 1, "0x01", late]);
    await h.setSubtensor({
      TimelockedWeightCommits: [
        [
          [index, 10],
          [...full, [miner.address, 1, "0x01", late]],
        ],
      ],
    });
    await h.fails("TooManyUnrevealedCommits", validator, call, ...args("0x01", BigInt(late)));
    await h.quiet();
    await h.ok(miner, call, ...args("0x01", await lastRound()));
    await epoch(11);
    await h.ok(validator, call, ...args("0x01", BigInt(late)));
  });
});

it("an old version is refused by the call that carries one", async () => {
  const late = (await lastRound()) + 500n;
  await h.fails(
    "IncorrectCommitRevealVersion",
    validator,
    "SubtensorModule.commit_timelocked_weights",
    NETUID,
    "0x01",
    late,
    3,
  );
});

describe("a reveal", () => {
  const commit = async (plain: Uint8Array, change: (hex: string) => string = (hex) => hex): Promise<void> => {
    await h.quiet();
    const sealed = change(await encrypt(plain, await lastRound()));
    await h.ok(validator, "SubtensorModule.commit_timelocked_weights", NETUID, sealed, await lastRound(), 4);
  };
  const weights = () => h.get("SubtensorModule.Weights", NETUID, 1);
  const told = async () => (await h.hookEvents()).filter(([name]) => name.includes("Weights"));

  it("applies when a block of the epoch it is due in begins", async () => {
    await commit(payload());
    await h.blocks(1);
    expect(await weights()).toEqual([]);
    await epoch(11);
    expect(await told()).toEqual([
      ["SubtensorModule.WeightsSet", NETUID, 1],
      ["SubtensorModule.TimelockedWeightsRevealed", NETUID, validator.address],
    ]);
    expect(await weights()).toEqual([
      [0, 21_845],
      [2, 65_535],
    ]);
    expect(await h.get("SubtensorModule.TimelockedWeightCommits", NETUID, 10)).toEqual([]);
  });

  it("waits for its round while its epoch lasts, and is lost after it", async () => {
    const round = (await lastRound()) + 50n;
    const sealed = await encrypt(payload(), round);
    await h.ok(validator, "SubtensorModule.commit_timelocked_weights", NETUID, sealed, round, 4);
    await epoch(11);
    await h.blocks(1);
    expect(await weights()).toEqual([]);
    expect(await h.get("SubtensorModule.TimelockedWeightCommits", NETUID, 10)).toHaveLength(1);
    await h.rpc("dev_setDrand", { round: Number(round) });
    await h.blocks(1);
    expect(await weights()).toHaveLength(2);
    await h.ok(validator, "SubtensorModule.commit_timelocked_weights", NETUID, sealed, (await lastRound()) + 99n, 4);
    await epoch(13);
    await h.blocks(1);
    expect(await h.get("SubtensorModule.TimelockedWeightCommits", NETUID, 11)).toEqual([]);
  });

  it("takes the payload without a hotkey and trailing bytes; the last valid one of a hotkey wins", async () => {
    await commit(payload({ values: [5, 5] }));
    const legacy = h.api.registry.createType("(Vec<u16>, Vec<u16>, u64)", [[1], [9], 0]).toU8a();
    await commit(Uint8Array.from([...legacy, 0xff]));
    await epoch(11);
    await h.blocks(1);
    expect(await weights()).toEqual([[1, 65_535]]);
  });

  it.each([
    ["another hotkey", () => payload({ hotkey: miner.publicKey }), undefined],
    ["no payload", () => Uint8Array.of(1, 2), undefined],
    ["a row that fails the checks", () => payload({ uids: [0, 0] }), undefined],
    ["a damaged ciphertext", () => payload(), (hex: string) => `${hex.slice(0, 500)}00${hex.slice(502)}`],
    ["no ciphertext at all", () => payload(), () => "0x0102"],
  ])("drops %s silently", async (_what, plain, change) => {
    await commit(plain(), change);
    await epoch(11);
    expect(await told()).toEqual([]);
    expect(await weights()).toEqual([]);
    expect(await h.get("SubtensorModule.TimelockedWeightCommits", NETUID, 10)).toEqual([]);
  });
});
