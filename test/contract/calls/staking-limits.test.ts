/** Stake in and out within a price limit (spec/subtensor-interface.md 2.3, spec/economics.md 4.5), and buying to burn. */
import { describe, expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness, key, TAO } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers(
  "SubtensorModule.add_stake_limit",
  "SlippageTooHigh",
  "Swap.PriceLimitExceeded",
  "InsufficientLiquidity",
  "SubnetNotExists",
  "SubtokenDisabled",
  "AmountTooLow",
  "NotEnoughBalanceToStake",
  "HotKeyAccountNotExists",
);
covers(
  "SubtensorModule.remove_stake_limit",
  "SlippageTooHigh",
  "Swap.PriceLimitExceeded",
  "SubtokenDisabled",
  "AmountTooLow",
  "InsufficientLiquidity",
);
covers(
  "SubtensorModule.remove_stake_full_limit",
  "SlippageTooHigh",
  "Swap.PriceLimitExceeded",
  "SubtokenDisabled",
  "AmountTooLow",
);
covers(
  "SubtensorModule.add_stake_burn",
  "SlippageTooHigh",
  "SubnetNotExists",
  "SubtokenDisabled",
  "AmountTooLow",
  "NotEnoughBalanceToStake",
  "HotKeyAccountNotExists",
  "CannotBurnOrRecycleOnRootSubnet",
  "Swap.PriceLimitExceeded",
);

const { staker, validator, stranger, strangerHot } = people;
const h = harness(subnetWorld);

/** Spot price in rao per alpha: reserves are equally weighted. */
const price = async (): Promise<number> =>
  (Number(await h.int("SubtensorModule.SubnetTAO", NETUID)) * 1e9) /
  Number(await h.int("SubtensorModule.SubnetAlphaIn", NETUID));
const named = (events: readonly (readonly unknown[])[], name: string) =>
  events.filter((event) => event[0] === `SubtensorModule.${name}`);

describe("SubtensorModule.add_stake_limit", () => {
  const call = "SubtensorModule.add_stake_limit";

  it("stakes the whole where the limit lets it, and makes a hotkey of somebody else a delegate", async () => {
    const limit = Math.floor((await price()) * 1.1);
    const [added] = named(await h.ok(stranger, call, validator.address, NETUID, TAO, limit, false), "StakeAdded");
    expect(added?.[3]).toBe(1e9);
    expect(await h.get("SubtensorModule.Delegates", validator.address)).toBe(11_796);
    expect(await h.stakeOf(stranger, validator, NETUID)).toBe(BigInt(added?.[4] as number));
  });

  it("takes the part that moves the price to the limit where a part is allowed, and gives the rest back", async () => {
    const limit = Math.floor((await price()) * 1.01);
    const { free } = await h.account(stranger);
    const outcome = await h.submit(stranger, h.tx(call, validator.address, NETUID, 900n * TAO, limit, true));
    if (outcome.kind !== "ok") throw new Error(JSON.stringify(outcome));
    const [added] = named(outcome.events, "StakeAdded");
    const tao = BigInt(added?.[3] as number);
    expect(tao).toBeLessThan(10n * TAO);
    expect((await price()) / limit).toBeCloseTo(1, 4);
    expect(free - (await h.account(stranger)).free).toBe(tao + outcome.feeRao);
  });

  it("refuses in the order of the specification, the price past the limit before all", async () => {
    const limit = Math.floor((await price()) * 1.01);
    const nobody = key("//Nobody").address;
    await h.fails("Swap.PriceLimitExceeded", stranger, call, nobody, NETUID, TAO, 1000, true);
    await h.fails("SlippageTooHigh", stranger, call, nobody, NETUID, 900n * TAO, limit, false);
    await h.fails("AmountTooLow", stranger, call, nobody, NETUID, 1_000_000, limit, false);
    await h.fund(stranger, 2n * TAO);
    await h.fails("NotEnoughBalanceToStake", stranger, call, nobody, NETUID, 3n * TAO, limit, true);
    await h.fails("HotKeyAccountNotExists", stranger, call, nobody, NETUID, TAO, limit, true);
    await h.fails("SubnetNotExists", stranger, call, validator.address, 99, TAO, 1_000_000_000, true);
    await h.fails("Swap.PriceLimitExceeded", stranger, call, validator.address, 0, TAO, 999_999_999, true);
    await h.ok(stranger, call, validator.address, 0, TAO, 1_000_000_000, false);
    const tao = await h.int("SubtensorModule.SubnetTAO", NETUID);
    await h.fails("InsufficientLiquidity", stranger, call, nobody, NETUID, tao * 1000n + 10_000n * TAO, limit, true);
    await h.setSubtensor({ SubtokenEnabled: [[[NETUID], false]] });
    await h.fails("SubtokenDisabled", stranger, call, validator.address, NETUID, TAO, limit, true);
  });
});

describe("SubtensorModule.remove_stake_limit", () => {
  const call = "SubtensorModule.remove_stake_limit";

  it("sells the whole within the limit, or the part down to it", async () => {
    const limit = Math.ceil((await price()) * 0.99);
    const [whole] = named(await h.ok(staker, call, validator.address, NETUID, TAO, limit, false), "StakeRemoved");
    expect(whole?.[4]).toBe(1e9);
    const [part] = named(await h.ok(staker, call, validator.address, NETUID, 150n * TAO, limit, true), "StakeRemoved");
    expect(part?.[4]).toBeLessThan(20e9);
    expect((await price()) / limit).toBeCloseTo(1, 3);
  });

  it("refuses a part not allowed, a price already below the limit, and what removing refuses", async () => {
    const above = Math.ceil((await price()) * 1.01);
    const below = Math.ceil((await price()) * 0.999);
    await h.fails("Swap.PriceLimitExceeded", staker, call, validator.address, NETUID, TAO, above, true);
    await h.fails("SlippageTooHigh", staker, call, validator.address, NETUID, 150n * TAO, below, false);
    await h.fails("Swap.PriceLimitExceeded", staker, call, validator.address, 0, TAO, 1_000_000_001, true);
    await h.fails("AmountTooLow", staker, call, validator.address, NETUID, 1000, below, true);
    await h.setSubtensor({ SubnetAlphaIn: [[[NETUID], 1_000_000]], SubnetTAO: [[[NETUID], "1000000000000"]] });
    await h.fails("InsufficientLiquidity", staker, call, validator.address, NETUID, TAO * 10n, 1, true);
    await h.setSubtensor({ SubtokenEnabled: [[[NETUID], false]] });
    await h.fails("SubtokenDisabled", staker, call, validator.address, NETUID, TAO, above, true);
  });
});

describe("SubtensorModule.remove_stake_full_limit", () => {
  const call = "SubtensorModule.remove_stake_full_limit";

  it("removes all, with a limit or without", async () => {
    await h.ok(stranger, "SubtensorModule.add_stake", validator.address, NETUID, TAO);
    await h.ok(stranger, call, validator.address, NETUID, null);
    expect(await h.stakeOf(stranger, validator, NETUID)).toBe(0n);
    await h.ok(staker, call, validator.address, NETUID, 1000);
    expect(await h.stakeOf(staker, validator, NETUID)).toBe(0n);
  });

  it("refuses what would move the price past the limit; nothing is sold in part", async () => {
    const above = Math.ceil((await price()) * 1.01);
    const below = Math.ceil((await price()) * 0.999);
    await h.fails("Swap.PriceLimitExceeded", staker, call, validator.address, NETUID, above);
    await h.fails("SlippageTooHigh", staker, call, validator.address, NETUID, below);
    await h.fails("AmountTooLow", stranger, call, validator.address, NETUID, null);
    await h.setSubtensor({ SubtokenEnabled: [[[NETUID], false]] });
    await h.fails("SubtokenDisabled", staker, call, validator.address, NETUID, null);
  });
});

describe("SubtensorModule.add_stake_burn", () => {
  const call = "SubtensorModule.add_stake_burn";

  it("buys alpha and burns it: the outstanding keeps it, nobody holds it", async () => {
    for (const limit of [null, Math.floor((await price()) * 1.2)]) {
      const events = await h.ok(stranger, call, validator.address, NETUID, TAO, limit);
      const [added] = named(events, "StakeAdded");
      expect(events.slice(-2)).toEqual([
        ["SubtensorModule.AlphaBurned", stranger.address, validator.address, added?.[4], NETUID],
        ["SubtensorModule.AddStakeBurn", NETUID, validator.address, 1e9, added?.[4]],
      ]);
      expect(await h.stakeOf(stranger, validator, NETUID)).toBe(0n);
    }
  });

  it("refuses as staking and burning do, whole", async () => {
    const nobody = key("//Nobody").address;
    const close = Math.floor((await price()) * 1.001);
    await h.ok(stranger, "SubtensorModule.try_associate_hotkey", strangerHot.address);
    await h.fails("CannotBurnOrRecycleOnRootSubnet", stranger, call, strangerHot.address, 0, TAO, null);
    expect(await h.stakeOf(stranger, strangerHot, 0)).toBe(0n);
    await h.fails("SubnetNotExists", stranger, call, nobody, 99, TAO, null);
    await h.fails("AmountTooLow", stranger, call, nobody, NETUID, 1, null);
    await h.fails("NotEnoughBalanceToStake", stranger, call, nobody, NETUID, 5000n * TAO, null);
    await h.fails("HotKeyAccountNotExists", stranger, call, nobody, NETUID, TAO, null);
    await h.fails("SlippageTooHigh", stranger, call, validator.address, NETUID, 500n * TAO, close);
    await h.fails("Swap.PriceLimitExceeded", stranger, call, validator.address, NETUID, TAO, 1000);
    await h.setSubtensor({ SubtokenEnabled: [[[NETUID], false]] });
    await h.fails("SubtokenDisabled", stranger, call, validator.address, NETUID, TAO, null);
  });
});
