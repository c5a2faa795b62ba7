/** Stake in and out at any price (spec/subtensor-interface.md 2.3, spec/economics.md 4.5). */
import { encodeAddress } from "@polkadot/util-crypto";
import { describe, expect, it } from "vitest";
import { subnetAccount } from "../../../chain/src/node/runtime/subtensor/state/ids.ts";
import { covers } from "./coverage.ts";
import { harness, key, type Pair, TAO } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers(
  "SubtensorModule.add_stake",
  "InsufficientLiquidity",
  "SubnetNotExists",
  "SubtokenDisabled",
  "AmountTooLow",
  "NotEnoughBalanceToStake",
  "HotKeyAccountNotExists",
);
covers(
  "SubtensorModule.remove_stake",
  "SubtokenDisabled",
  "InsufficientLiquidity",
  "AmountTooLow",
  "HotKeyAccountNotExists",
);
covers("SubtensorModule.unstake_all", "HotKeyAccountNotExists");
covers("SubtensorModule.unstake_all_alpha", "HotKeyAccountNotExists");
covers("SubtensorModule.try_associate_hotkey");

const { staker, validator, stranger, strangerHot, miner } = people;
const h = harness(subnetWorld);
const POOL = encodeAddress(subnetAccount(NETUID), 42);
const ROOT_POOL = encodeAddress(subnetAccount(0), 42);
const AUTHOR = key("//One").address;
const stakeOf = (coldkey: Pair, hotkey = validator, netuid = NETUID): Promise<bigint> =>
  h.stakeOf(coldkey, hotkey, netuid);

describe("SubtensorModule.add_stake", () => {
  const call = "SubtensorModule.add_stake";

  it("moves the TAO to the pool, credits alpha, pays the fee to the author and tells it", async () => {
    const reserves = [
      await h.int("SubtensorModule.SubnetTAO", NETUID),
      await h.int("SubtensorModule.SubnetAlphaIn", NETUID),
    ] as const;
    const events = await h.ok(stranger, call, validator.address, NETUID, 10n * TAO);
    const added = events[2] as [string, string, string, number, number, number, number];
    const fee = Math.floor((10 * 1e9 * 33) / 65_535);
    expect(events).toEqual([
      ["Balances.Transfer", stranger.address, POOL, 10_000_000_000],
      ["Balances.Transfer", POOL, AUTHOR, fee],
      ["SubtensorModule.StakeAdded", stranger.address, validator.address, 10_000_000_000, added[4], NETUID, fee],
    ]);
    const net = 10n * TAO - BigInt(fee);
    const expected = reserves[1] - (reserves[0] * reserves[1]) / (reserves[0] + net);
    expect(Math.abs(Number(BigInt(added[4]) - expected))).toBeLessThan(100_000);
    expect(await h.int("SubtensorModule.SubnetTAO", NETUID)).toBe(reserves[0] + net);
    expect(await stakeOf(stranger)).toBe(BigInt(added[4]));
    expect(await h.get("SubtensorModule.StakingHotkeys", stranger.address)).toEqual([validator.address]);
    expect(await h.get("SubtensorModule.LastColdkeyHotkeyStakeBlock", stranger.address, validator.address)).toBe(
      await h.height(),
    );
  });

  it("is one to one and free of the pool's fee on root", async () => {
    const events = await h.ok(stranger, call, validator.address, 0, TAO);
    expect(events).toEqual([
      ["System.NewAccount", ROOT_POOL],
      ["Balances.Endowed", ROOT_POOL, 1e9],
      ["Balances.Transfer", stranger.address, ROOT_POOL, 1e9],
      ["SubtensorModule.StakeAdded", stranger.address, validator.address, 1e9, 1e9, 0, 0],
    ]);
    expect(await h.account(ROOT_POOL)).toMatchObject({ free: TAO });
    expect(await h.int("SubtensorModule.StakingColdkeys", stranger.address)).toBe(0n);
  });

  it("refuses in the order of the specification", async () => {
    const nobody = key("//Nobody").address;
    await h.fund(stranger, 50n * TAO);
    await h.setSubtensor({ SubtokenEnabled: [[[NETUID], false]] });
    const tao = await h.int("SubtensorModule.SubnetTAO", NETUID);
    await h.fails("InsufficientLiquidity", stranger, call, nobody, NETUID, tao * 1000n + TAO * 10_000n);
    await h.fails("SubnetNotExists", stranger, call, nobody, 99, 1);
    await h.fails("SubtokenDisabled", stranger, call, nobody, NETUID, 1);
    await h.setSubtensor({ SubtokenEnabled: [[[NETUID], true]] });
    await h.fails("AmountTooLow", stranger, call, nobody, NETUID, 2_000_000);
    await h.fails("NotEnoughBalanceToStake", stranger, call, nobody, NETUID, 60n * TAO);
    await h.fails("HotKeyAccountNotExists", stranger, call, nobody, NETUID, 2_002_000);
    await h.setSubtensor({ SubnetAlphaIn: [[[NETUID], 1000]] });
    await h.fails("InsufficientLiquidity", stranger, call, validator.address, NETUID, 10n * TAO);
  });

  it("asks for 0.002 TAO and the pool's fee on it, no more; on root 0.002 TAO", async () => {
    const least = 2_000_000n + (2_000_000n * 33n) / 65_535n;
    await h.fails("AmountTooLow", stranger, call, validator.address, NETUID, least - 1n);
    await h.ok(stranger, call, validator.address, NETUID, least + 1n);
    await h.fails("AmountTooLow", stranger, call, validator.address, 0, 1_999_999);
    await h.ok(stranger, call, validator.address, 0, 2_000_000);
  });

  it("asks for TAO a coldkey can spend: what is reserved does not count", async () => {
    await h.fund(stranger, 5n * TAO);
    await h.ok(stranger, "Proxy.add_proxy", staker.address, "Any", 0);
    await h.fails("NotEnoughBalanceToStake", stranger, call, validator.address, NETUID, 495n * (TAO / 100n));
    await h.ok(stranger, call, validator.address, NETUID, 48n * (TAO / 10n));
  });
});

describe("SubtensorModule.remove_stake", () => {
  const call = "SubtensorModule.remove_stake";

  it("sells alpha and pays the coldkey, the fee in alpha sold for the author", async () => {
    const { free } = await h.account(staker);
    const outcome = await h.submit(staker, h.tx(call, validator.address, NETUID, 20n * TAO));
    if (outcome.kind !== "ok") throw new Error(JSON.stringify(outcome));
    const [paid, fee, removed] = outcome.events as unknown as [unknown[], unknown[], unknown[]];
    const alphaFee = Math.floor((20 * 1e9 * 33) / 65_535);
    const tao = paid[3] as number;
    expect(outcome.events).toEqual([
      ["Balances.Transfer", POOL, staker.address, tao],
      ["Balances.Transfer", POOL, AUTHOR, fee[3]],
      ["SubtensorModule.StakeRemoved", staker.address, validator.address, tao, 20_000_000_000, NETUID, alphaFee],
    ]);
    expect(removed).toHaveLength(7);
    expect((await h.account(staker)).free).toBe(free + BigInt(tao) - outcome.feeRao);
  });

  it("clamps the amount to what is there and takes the whole even when it is worth too little to remove a part", async () => {
    await h.ok(stranger, "SubtensorModule.add_stake", validator.address, NETUID, 3_000_000);
    await h.fails("AmountTooLow", stranger, call, validator.address, NETUID, 1_000_000);
    const events = await h.ok(stranger, call, validator.address, NETUID, 10n ** 18n);
    expect(events.at(-1)?.[0]).toBe("SubtensorModule.StakeRemoved");
    expect(await stakeOf(stranger)).toBe(0n);
    expect(await h.get("SubtensorModule.AlphaV2", validator.address, stranger.address, NETUID)).toEqual({
      mantissa: 0,
      exponent: 0,
    });
  });

  it("refuses in the order of the specification", async () => {
    const nobody = key("//Nobody").address;
    await h.fails("SubtokenDisabled", staker, call, nobody, 99, 1);
    await h.setSubtensor({ SubtokenEnabled: [[[99], true]] });
    await h.fails("SubnetNotExists", staker, call, nobody, 99, 1);
    await h.setSubtensor({ SubtokenEnabled: [[[NETUID], false]] });
    await h.fails("SubtokenDisabled", staker, call, validator.address, NETUID, 0);
    await h.setSubtensor({ SubtokenEnabled: [[[NETUID], true]], SubnetAlphaIn: [[[NETUID], 1_000_000]] });
    await h.fails("InsufficientLiquidity", staker, call, validator.address, NETUID, 10n * TAO);
    await h.fails("AmountTooLow", staker, call, nobody, NETUID, 1);
    await h.fails("AmountTooLow", stranger, call, validator.address, NETUID, TAO);
    await h.restore();
    await h.fails("AmountTooLow", staker, call, validator.address, NETUID, 0);
    await h.setSubtensor({ Owner: [[[validator.address], null]] });
    await h.fails("HotKeyAccountNotExists", staker, call, validator.address, NETUID, TAO);
  });

  it("clears what is left of a nomination below the minimum, but not the owner's own", async () => {
    await h.setSubtensor({ NominatorMinRequiredStake: 1_000_000_000 });
    await h.ok(stranger, "SubtensorModule.add_stake", validator.address, NETUID, 3n * TAO);
    const events = await h.ok(stranger, call, validator.address, NETUID, 3n * TAO);
    expect(events.filter(([name]) => name === "SubtensorModule.StakeRemoved")).toHaveLength(2);
    expect(await stakeOf(stranger)).toBe(0n);
    const own = await stakeOf(staker);
    const kept = await h.ok(staker, call, validator.address, NETUID, own - TAO);
    expect(kept.filter(([name]) => name === "SubtensorModule.StakeRemoved")).toHaveLength(1);
    expect(await stakeOf(staker)).toBeGreaterThan(0n);
  });

  it("pays its fee in alpha where there is no TAO, and tells so", async () => {
    await h.fund(staker, 1_000n);
    const held = await stakeOf(staker);
    const outcome = await h.submit(staker, h.tx(call, validator.address, NETUID, TAO));
    expect(outcome).toMatchObject({ kind: "ok" });
    const { all, feeRao } = outcome as { all: readonly (readonly unknown[])[]; feeRao: bigint };
    const paid = all.find(([name]) => name === "SubtensorModule.TransactionFeePaidWithAlpha");
    expect(paid?.slice(1, 3)).toEqual([staker.address, NETUID]);
    expect(Math.abs(Number(feeRao) - (paid?.[4] as number))).toBeLessThan(10);
    expect(held - (await stakeOf(staker))).toBeGreaterThanOrEqual(TAO + BigInt(paid?.[3] as number));
    await h.fund(stranger, 1_000n);
    expect(await h.submit(stranger, h.tx(call, validator.address, NETUID, TAO))).toMatchObject({
      kind: "invalid",
      code: 1010,
      data: "Inability to pay some fees (e.g. account balance too low)",
    });
  });
});

describe("SubtensorModule.unstake_all", () => {
  const call = "SubtensorModule.unstake_all";

  it("empties every subnet and root, one event each", async () => {
    await h.ok(staker, "SubtensorModule.add_stake", validator.address, 0, 5n * TAO);
    await h.ok(staker, "SubtensorModule.add_stake", validator.address, 1, TAO);
    const removed = (await h.ok(staker, call, validator.address)).filter(([name]) => name.endsWith("StakeRemoved"));
    expect(removed.map((event) => event[5]).sort()).toEqual([0, 1, NETUID]);
    for (const netuid of [0, 1, NETUID]) expect(await stakeOf(staker, validator, netuid)).toBe(0n);
  });

  it("skips subnets that fail, succeeds with nothing to do, and refuses unknown hotkeys", async () => {
    await h.ok(staker, "SubtensorModule.add_stake", validator.address, 0, 5n * TAO);
    await h.setSubtensor({ SubtokenEnabled: [[[NETUID], false]] });
    const removed = (await h.ok(staker, call, validator.address)).filter(([name]) => name.endsWith("StakeRemoved"));
    expect(removed.map((event) => event[5])).toEqual([0]);
    expect(await h.ok(stranger, call, validator.address)).toEqual([]);
    await h.fails("HotKeyAccountNotExists", staker, call, key("//Nobody").address);
  });
});

describe("SubtensorModule.unstake_all_alpha", () => {
  const call = "SubtensorModule.unstake_all_alpha";

  it("turns the stake on every subnet but root into root stake", async () => {
    await h.ok(staker, "SubtensorModule.add_stake", validator.address, 0, 5n * TAO);
    const events = (await h.ok(staker, call, validator.address)).filter(([name]) => name.startsWith("Subtensor"));
    expect(events.map(([name]) => name)).toEqual(["SubtensorModule.StakeRemoved", "SubtensorModule.StakeAdded"]);
    expect(events[1]).toEqual([
      "SubtensorModule.StakeAdded",
      staker.address,
      validator.address,
      events[0]?.[3],
      events[0]?.[3],
      0,
      0,
    ]);
    expect(await stakeOf(staker, validator, 0)).toBe(5n * TAO + BigInt(events[0]?.[3] as number));
  });

  it("refuses unknown hotkeys and does nothing without stake", async () => {
    await h.fails("HotKeyAccountNotExists", staker, call, key("//Nobody").address);
    expect(await h.ok(stranger, call, miner.address)).toEqual([]);
  });
});

describe("SubtensorModule.try_associate_hotkey", () => {
  it("makes the coldkey the owner of an unknown hotkey, says nothing, and does nothing for a known one", async () => {
    const call = "SubtensorModule.try_associate_hotkey";
    expect(await h.ok(stranger, call, strangerHot.address)).toEqual([]);
    expect(await h.get("SubtensorModule.Owner", strangerHot.address)).toBe(stranger.address);
    expect(await h.get("SubtensorModule.OwnedHotkeys", stranger.address)).toEqual([strangerHot.address]);
    expect(await h.get("SubtensorModule.StakingHotkeys", stranger.address)).toEqual([strangerHot.address]);
    expect(await h.ok(staker, call, strangerHot.address)).toEqual([]);
    expect(await h.get("SubtensorModule.Owner", strangerHot.address)).toBe(stranger.address);
  });
});
