/** Stake between hotkeys, coldkeys and subnets, and alpha given up (spec/subtensor-interface.md 2.3). */
import { describe, expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness, key, TAO, type Told } from "./harness.ts";
import { addSubnet, NETUID, people, subnetWorld } from "./world.ts";

covers(
  "SubtensorModule.move_stake",
  "SameNetuid",
  "SubnetNotExists",
  "SubtokenDisabled",
  "HotKeyAccountNotExists",
  "AmountTooLow",
  "InsufficientLiquidity",
);
covers(
  "SubtensorModule.transfer_stake",
  "SameNetuid",
  "SubnetNotExists",
  "SubtokenDisabled",
  "HotKeyAccountNotExists",
  "AmountTooLow",
  "TransferDisallowed",
);
covers(
  "SubtensorModule.swap_stake",
  "SameNetuid",
  "SubnetNotExists",
  "SubtokenDisabled",
  "HotKeyAccountNotExists",
  "AmountTooLow",
);
covers(
  "SubtensorModule.swap_stake_limit",
  "SameNetuid",
  "SubnetNotExists",
  "SubtokenDisabled",
  "HotKeyAccountNotExists",
  "AmountTooLow",
  "SlippageTooHigh",
);
covers(
  "SubtensorModule.recycle_alpha",
  "SubnetNotExists",
  "CannotBurnOrRecycleOnRootSubnet",
  "SubtokenDisabled",
  "HotKeyAccountNotExists",
  "InsufficientLiquidity",
);
covers(
  "SubtensorModule.burn_alpha",
  "SubnetNotExists",
  "CannotBurnOrRecycleOnRootSubnet",
  "SubtokenDisabled",
  "HotKeyAccountNotExists",
  "InsufficientLiquidity",
);

const OTHER = 3;
const { staker, validator, stranger, miner } = people;
const h = harness(async (world) => {
  await subnetWorld(world);
  await addSubnet(world, OTHER, key("//Bob//other"));
});
const own = (events: readonly Told[]): readonly Told[] => events.filter(([name]) => name.startsWith("SubtensorModule"));
const names = (events: readonly Told[]): string[] => own(events).map(([name]) => name.split(".")[1] ?? "");
const stake = (coldkey = staker, hotkey = validator, netuid = NETUID) => h.stakeOf(coldkey, hotkey, netuid);
const enabled = (netuid: number, on: boolean) => h.setSubtensor({ SubtokenEnabled: [[[netuid], on]] });

describe("SubtensorModule.move_stake", () => {
  const call = "SubtensorModule.move_stake";
  const args = (to = miner.address, from = NETUID, target = NETUID, amount: bigint | number = 10n * TAO) => [
    validator.address,
    to,
    from,
    target,
    amount,
  ];

  it("on one subnet moves alpha as it is, without a fee", async () => {
    const before = await stake();
    const events = await h.ok(staker, call, ...args());
    const tao = events[0]?.[3] as number;
    expect(events).toEqual([
      ["SubtensorModule.StakeRemoved", staker.address, validator.address, tao, 10e9, NETUID, 0],
      ["SubtensorModule.StakeAdded", staker.address, miner.address, tao, 10e9, NETUID, 0],
      ["SubtensorModule.StakeMoved", staker.address, validator.address, NETUID, miner.address, NETUID, tao],
    ]);
    expect(await stake()).toBe(before - 10n * TAO);
    expect(await stake(staker, miner)).toBe(10n * TAO);
  });

  it("across subnets sells and buys, the fee taken once, and tells the TAO between", async () => {
    const events = await h.ok(staker, call, ...args(miner.address, NETUID, OTHER));
    expect(names(events)).toEqual(["StakeRemoved", "StakeAdded", "StakeMoved"]);
    const [removed, added, moved] = own(events) as [Told, Told, Told];
    expect(removed.slice(1)).toEqual([
      staker.address,
      validator.address,
      removed[3],
      10e9,
      NETUID,
      Math.floor((10e9 * 33) / 65_535),
    ]);
    expect(added.slice(1)).toEqual([staker.address, miner.address, removed[3], added[4], OTHER, 0]);
    expect(moved.slice(1)).toEqual([staker.address, validator.address, NETUID, miner.address, OTHER, removed[3]]);
    expect(await stake(staker, miner, OTHER)).toBe(BigInt(added[4] as number));
    expect(await h.get("SubtensorModule.Delegates", miner.address)).toBe(11_796);
  });

  it("from root takes the fee on the way in", async () => {
    await h.ok(staker, "SubtensorModule.add_stake", validator.address, 0, 10n * TAO);
    const [removed, added] = own(await h.ok(staker, call, ...args(validator.address, 0, OTHER)));
    expect(removed?.slice(3)).toEqual([10e9, 10e9, 0, 0]);
    expect(added?.[6]).toBe(Math.floor((10e9 * 33) / 65_535));
  });

  it("clamps to what is there", async () => {
    await h.ok(staker, call, ...args(miner.address, NETUID, NETUID, 10n ** 18n));
    expect(await stake()).toBe(0n);
  });

  it("refuses in the order of the specification", async () => {
    const nobody = key("//Nobody").address;
    await h.fails("SameNetuid", staker, call, ...args(validator.address, 99, 99, 0));
    await h.fails("SubnetNotExists", staker, call, ...args(nobody, NETUID, 99, 0));
    await h.fails("SubnetNotExists", staker, call, ...args(nobody, 99, NETUID, 0));
    await enabled(OTHER, false);
    await h.fails("SubtokenDisabled", staker, call, ...args(nobody, NETUID, OTHER, 0));
    await h.fails("SubtokenDisabled", staker, call, ...args(nobody, OTHER, NETUID, 0));
    await enabled(OTHER, true);
    await h.fails("HotKeyAccountNotExists", staker, call, ...args(nobody, NETUID, OTHER, 0));
    await h.fails("AmountTooLow", staker, call, ...args(miner.address, NETUID, OTHER, 0));
    await h.fails("AmountTooLow", staker, call, ...args(miner.address, NETUID, OTHER, 3_000_000));
    await h.fails("AmountTooLow", staker, call, ...args(miner.address, NETUID, NETUID, 1_000_000));
    await h.setSubtensor({ SubnetTAO: [[[NETUID], 1000]] });
    await h.fails("InsufficientLiquidity", staker, call, ...args(miner.address, NETUID, OTHER));
  });
});

describe("SubtensorModule.transfer_stake", () => {
  const call = "SubtensorModule.transfer_stake";
  const args = (target = NETUID, amount: bigint | number = 10n * TAO, to = stranger.address, hotkey = validator) => [
    to,
    hotkey.address,
    NETUID,
    target,
    amount,
  ];

  it("gives stake to another coldkey, on the same subnet or another", async () => {
    const events = await h.ok(staker, call, ...args());
    const tao = events[0]?.[3];
    expect(events).toEqual([
      ["SubtensorModule.StakeRemoved", staker.address, validator.address, tao, 10e9, NETUID, 0],
      ["SubtensorModule.StakeAdded", stranger.address, validator.address, tao, 10e9, NETUID, 0],
      ["SubtensorModule.StakeTransferred", staker.address, stranger.address, validator.address, NETUID, NETUID, tao],
    ]);
    expect(await stake(stranger)).toBe(10n * TAO);
    const { free } = await h.account(stranger);
    const across = own(await h.ok(staker, call, ...args(OTHER)));
    expect(across.map(([name]) => name.split(".")[1])).toEqual(["StakeRemoved", "StakeAdded", "StakeTransferred"]);
    expect(across[2]?.slice(1)).toEqual([
      staker.address,
      stranger.address,
      validator.address,
      NETUID,
      OTHER,
      across[0]?.[3],
    ]);
    expect((await h.account(stranger)).free).toBe(free);
  });

  it("refuses in the order of the specification, the toggles of both subnets last", async () => {
    const nobody = key("//Nobody");
    await h.setSubtensor({ TransferToggle: [[[NETUID], false]] });
    await h.fails("SameNetuid", staker, call, ...args(NETUID, 0, staker.address));
    await h.fails("SubnetNotExists", staker, call, ...args(99, 0));
    await enabled(OTHER, false);
    await h.fails("SubtokenDisabled", staker, call, ...args(OTHER, 0, stranger.address, nobody));
    await enabled(OTHER, true);
    await h.fails("HotKeyAccountNotExists", staker, call, ...args(OTHER, 0, stranger.address, nobody));
    await h.fails("AmountTooLow", staker, call, ...args(OTHER, 3_000_000));
    await h.fails("TransferDisallowed", staker, call, ...args(OTHER));
    await h.fails("TransferDisallowed", staker, call, ...args());
    await h.setSubtensor({
      TransferToggle: [
        [[NETUID], true],
        [[OTHER], false],
      ],
    });
    await h.fails("TransferDisallowed", staker, call, ...args(OTHER));
    await h.ok(staker, call, ...args());
  });
});

describe.each([
  ["SubtensorModule.swap_stake", []],
  ["SubtensorModule.swap_stake_limit", [1, true]],
] as const)("%s", (call, tail) => {
  const args = (target = OTHER, amount: bigint | number = 10n * TAO, hotkey = validator) => [
    hotkey.address,
    NETUID,
    target,
    amount,
    ...tail,
  ];

  it("moves stake of a hotkey to another subnet", async () => {
    const events = own(await h.ok(staker, call, ...args()));
    expect(events.map(([name]) => name.split(".")[1])).toEqual(["StakeRemoved", "StakeAdded", "StakeSwapped"]);
    expect(events[2]?.slice(1)).toEqual([staker.address, validator.address, NETUID, OTHER, events[0]?.[3]]);
    expect(await stake(staker, validator, OTHER)).toBe(BigInt(events[1]?.[4] as number));
  });

  it("refuses in the order of the specification", async () => {
    const nobody = key("//Nobody");
    await h.fails("SameNetuid", staker, call, ...args(NETUID, 0, nobody));
    await h.fails("SubnetNotExists", staker, call, ...args(99, 0, nobody));
    await enabled(OTHER, false);
    await h.fails("SubtokenDisabled", staker, call, ...args(OTHER, 0, nobody));
    await enabled(OTHER, true);
    await h.fails("HotKeyAccountNotExists", staker, call, ...args(OTHER, 0, nobody));
    await h.fails("AmountTooLow", staker, call, ...args(OTHER, 3_000_000));
    await h.fails("AmountTooLow", stranger, call, ...args());
  });
});

describe("SubtensorModule.swap_stake_limit", () => {
  it("stops where the price ratio meets the limit, or refuses where no part is allowed", async () => {
    const call = "SubtensorModule.swap_stake_limit";
    const tao = async (netuid: number) => Number(await h.int("SubtensorModule.SubnetTAO", netuid));
    const alpha = async (netuid: number) => Number(await h.int("SubtensorModule.SubnetAlphaIn", netuid));
    const ratio = async () =>
      ((await tao(NETUID)) / (await alpha(NETUID)) / ((await tao(OTHER)) / (await alpha(OTHER)))) * 1e9;
    const limit = Math.ceil((await ratio()) * 0.99);
    await h.fails("SlippageTooHigh", staker, call, validator.address, NETUID, OTHER, 150n * TAO, limit, false);
    const [removed] = own(await h.ok(staker, call, validator.address, NETUID, OTHER, 150n * TAO, limit, true));
    expect(removed?.[4]).toBeLessThan(10e9);
    expect((await ratio()) / limit).toBeCloseTo(1, 3);
  });
});

describe.each([
  ["SubtensorModule.recycle_alpha", "AlphaRecycled"],
  ["SubtensorModule.burn_alpha", "AlphaBurned"],
])("%s", (call, event) => {
  it("gives up alpha, clamped to what is there", async () => {
    const outstanding = await h.int("SubtensorModule.SubnetAlphaOut", NETUID);
    const before = await stake();
    expect(await h.ok(staker, call, validator.address, 5n * TAO, NETUID)).toEqual([
      [`SubtensorModule.${event}`, staker.address, validator.address, 5e9, NETUID],
    ]);
    expect(await stake()).toBe(before - 5n * TAO);
    const change = (await h.int("SubtensorModule.SubnetAlphaOut", NETUID)) - outstanding;
    expect(change < 0n).toBe(call.endsWith("recycle_alpha"));
    await h.ok(staker, call, validator.address, 10n ** 18n, NETUID);
    expect(await stake()).toBe(0n);
  });

  it("refuses in the order of the specification", async () => {
    const nobody = key("//Nobody").address;
    await h.fails("SubnetNotExists", staker, call, nobody, 1, 99);
    await enabled(0, false);
    await h.fails("CannotBurnOrRecycleOnRootSubnet", staker, call, nobody, 1, 0);
    await enabled(NETUID, false);
    await h.fails("SubtokenDisabled", staker, call, nobody, 1, NETUID);
    await enabled(NETUID, true);
    await h.fails("HotKeyAccountNotExists", staker, call, nobody, 1, NETUID);
    await h.setSubtensor({ SubnetAlphaOut: [[[NETUID], 1000]] });
    await h.fails("InsufficientLiquidity", staker, call, validator.address, 9n * TAO, NETUID);
  });
});
