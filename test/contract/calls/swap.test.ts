/** Swap: the fee of a pool; positions are gone (spec/subtensor-interface.md 2.5). */
import { describe, expect, it } from "vitest";
import { covers, coversErrors } from "./coverage.ts";
import { harness, TAO } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers("Swap.set_fee_rate", "BadOrigin", "FeeRateTooHigh", "MechanismDoesNotExist");
coversErrors("Swap.add_liquidity", "Deprecated");
coversErrors("Swap.remove_liquidity", "Deprecated");
coversErrors("Swap.modify_position", "Deprecated");
coversErrors("Swap.toggle_user_liquidity", "Deprecated");
coversErrors("Swap.disable_lp", "Deprecated");

const { owner, stranger, validator } = people;
const h = harness(subnetWorld);

describe("Swap.set_fee_rate", () => {
  const call = "Swap.set_fee_rate";

  it("is root's, up to 10000 of 65535, and what staking then costs", async () => {
    expect(await h.root(call, NETUID, 10_000)).toEqual([["Swap.FeeRateSet", NETUID, 10_000]]);
    expect(await h.get("Swap.FeeRate", NETUID)).toBe(10_000);
    const added = (await h.ok(stranger, "SubtensorModule.add_stake", validator.address, NETUID, TAO)).at(-1);
    expect(added?.[6]).toBe(Math.floor((1e9 * 10_000) / 65_535));
    await h.root(call, NETUID, 0);
    expect((await h.ok(stranger, "SubtensorModule.add_stake", validator.address, NETUID, TAO)).at(-1)?.[6]).toBe(0);
  });

  it("refuses in the order origin, subnet, rate", async () => {
    await h.fails("BadOrigin", owner, call, 99, 10_001);
    await h.rootFails("MechanismDoesNotExist", call, 99, 10_001);
    await h.rootFails("FeeRateTooHigh", call, NETUID, 10_001);
  });
});

it.each([
  ["Swap.add_liquidity", (hotkey: string) => [hotkey, NETUID, -1, 1, 1]],
  ["Swap.remove_liquidity", (hotkey: string) => [hotkey, NETUID, 1]],
  ["Swap.modify_position", (hotkey: string) => [hotkey, NETUID, 1, 1]],
  ["Swap.toggle_user_liquidity", () => [NETUID, true]],
  ["Swap.disable_lp", () => []],
] as const)("%s is gone, for root too", async (call, args) => {
  await h.fails("Deprecated", stranger, call, ...args(validator.address));
  await h.rootFails("Deprecated", call, ...args(validator.address));
});
