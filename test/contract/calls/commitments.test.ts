/** What a hotkey says of itself on a subnet, at once or when a round comes (spec/subtensor-interface.md 2.5, 6.4). */
import { hexToU8a, u8aToHex } from "@polkadot/util";
import { timelockEncrypt } from "@subnetkit/shared/crypto/timelock";
import { describe, expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers("Commitments.set_commitment", "AccountNotAllowedCommit", "SpaceLimitExceeded");
covers("Commitments.set_max_space", "BadOrigin");

const { miner, validator, stranger, owner } = people;
const h = harness(subnetWorld, { drandPeriodSeconds: 1 });
const call = "Commitments.set_commitment";
const raw = (text: string) => ({ [`Raw${text.length}`]: `0x${Buffer.from(text).toString("hex")}` });
const lastRound = () => h.int("Drand.LastStoredRound");
const seal = async (text: string, round: bigint) => {
  const { publicKey } = await h.get<{ publicKey: string }>("Drand.BeaconConfig");
  return {
    TimelockEncrypted: {
      encrypted: u8aToHex(timelockEncrypt(Buffer.from(text), round, hexToU8a(publicKey))),
      revealRound: round,
    },
  };
};
const stored = () => h.get<{ info: { fields: unknown[] } } | null>("Commitments.CommitmentOf", NETUID, miner.address);

describe("Commitments.set_commitment", () => {
  it("stores the fields with the block, free of charge and of deposits", async () => {
    expect(await h.ok(miner, call, NETUID, { fields: [raw("hello"), { Sha256: `0x${"01".repeat(32)}` }] })).toEqual([
      ["Commitments.Commitment", NETUID, miner.address],
    ]);
    expect(await stored()).toMatchObject({
      deposit: 0,
      block: await h.height(),
      info: { fields: [{ raw5: "0x68656c6c6f" }, { sha256: `0x${"01".repeat(32)}` }] },
    });
    expect(await h.get("Commitments.LastCommitment", NETUID, miner.address)).toBe(await h.height());
  });

  it("is for hotkeys of the subnet, and refuses before it counts space", async () => {
    await h.nestedFails("AccountNotAllowedCommit", stranger, call, [NETUID, { fields: [raw("a")] }]);
    await h.nestedFails("AccountNotAllowedCommit", stranger, call, [99, { fields: [] }]);
  });

  it("counts at least 100 bytes a call up to MaxSpace, anew in each epoch", async () => {
    await h.set({ Commitments: { MaxSpace: 250 } });
    await h.ok(miner, call, NETUID, { fields: [raw("a")] });
    await h.ok(miner, call, NETUID, { fields: [raw("b")] });
    expect(await h.get("Commitments.UsedSpaceOf", NETUID, miner.address)).toMatchObject({ usedSpace: 200 });
    await h.fails("SpaceLimitExceeded", miner, call, NETUID, { fields: [raw("c")] });
    const index = await h.int("SubtensorModule.SubnetEpochIndex", NETUID);
    await h.setSubtensor({ SubnetEpochIndex: [[[NETUID], String(index + 1n)]] });
    await h.ok(miner, call, NETUID, { fields: [raw("d")] });
    await h.fails("SpaceLimitExceeded", miner, call, NETUID, { fields: [{ BigRaw: `0x${"00".repeat(160)}` }] });
  });

  it("resets the bonds towards the caller where the subnet says so", async () => {
    await h.setSubtensor({
      BondsResetOn: [[[NETUID], true]],
      Bonds: [
        [
          [NETUID, 1],
          [
            [0, 5],
            [2, 7],
          ],
        ],
      ],
    });
    await h.ok(miner, call, NETUID, { fields: ["ResetBondsFlag"] });
    expect(await h.get("SubtensorModule.Bonds", NETUID, 1)).toEqual([[0, 5]]);
    expect(await h.get("Commitments.LastBondsReset", NETUID, miner.address)).toBe(await h.height());
    await h.ok(validator, call, NETUID, { fields: [raw("x")] });
    expect(await h.get("Commitments.LastBondsReset", NETUID, validator.address)).toBeNull();
  });

  it("opens timelocked fields when their round is stored and tells it", async () => {
    const round = (await lastRound()) + 50n;
    const fields = [raw("open"), await seal("secret", round)];
    expect(await h.ok(miner, call, NETUID, { fields })).toEqual([
      ["Commitments.TimelockCommitment", NETUID, miner.address, Number(round)],
    ]);
    expect(await h.get("Commitments.TimelockedIndex")).toEqual([[NETUID, miner.address]]);
    await h.rpc("dev_setDrand", { round: Number(round) });
    expect((await h.hookEvents()).filter(([name]) => name.startsWith("Commitments"))).toEqual([
      ["Commitments.CommitmentRevealed", NETUID, miner.address],
    ]);
    expect(await h.get("Commitments.RevealedCommitments", NETUID, miner.address)).toEqual([
      [`0x${Buffer.from("secret").toString("hex")}`, await h.height()],
    ]);
    expect((await stored())?.info.fields).toEqual([{ raw4: "0x6f70656e" }]);
    expect(await h.get("Commitments.TimelockedIndex")).toEqual([]);
  });

  it("drops what does not open, and the commitment with its last field", async () => {
    const field = await seal("x", await lastRound());
    const broken = { TimelockEncrypted: { ...field.TimelockEncrypted, encrypted: "0x0102" } };
    await h.ok(miner, call, NETUID, { fields: [broken] });
    await h.blocks(1);
    expect(await stored()).toBeNull();
    expect(await h.get("Commitments.RevealedCommitments", NETUID, miner.address)).toBeNull();
  });
});

describe("Commitments.set_max_space", () => {
  it("is root's", async () => {
    expect(await h.root("Commitments.set_max_space", 5_000)).toEqual([]);
    expect(await h.get("Commitments.MaxSpace")).toBe(5_000);
    await h.fails("BadOrigin", owner, "Commitments.set_max_space", 1);
  });
});
