import { describe, expect, it } from "vitest";
import { swap } from "../../../../../../chain/src/spec/pallets/swap.ts";
import type { SimSwapResult } from "../../../../../../chain/src/spec/runtime-apis-subtensor.ts";
import { sudo, TAO, World } from "../subtensor/world.ts";

const set = (netuid: number, rate: number) => ({ pallet: "Swap", name: "set_fee_rate", args: { netuid, rate } });

describe("the fee rate", () => {
  it("is root's to set, up to 10000, and quotes follow it", () => {
    const world = new World();
    expect(world.block({ who: "//Bob", call: set(1, 100) })).toEqual(["BadOrigin"]);
    expect(world.block(sudo(set(1, 10_001)))).toEqual(["FeeRateTooHigh"]);
    expect(world.block(sudo(set(9, 100)))).toEqual(["MechanismDoesNotExist"]);
    expect(world.block(sudo(set(1, 655)))).toEqual(["ok"]);
    expect(world.events("FeeRateSet")[0]?.fields).toEqual({ netuid: 1, rate: 655 });
    expect(world.state.get(swap.storage.FeeRate, 1)).toBe(655);
    const quote = world.api<SimSwapResult>("SwapRuntimeApi_sim_swap_alpha_for_tao", { netuid: 1, alpha: TAO });
    expect(quote.alpha_fee).toBe((TAO * 655n) / 65_535n);
    expect(quote.tao_slippage).toBeGreaterThan(0n);
  });
});

describe("user liquidity", () => {
  it("is deprecated, as on the chain", () => {
    const world = new World();
    expect(
      world.block({
        who: "//Bob",
        call: { pallet: "Swap", name: "toggle_user_liquidity", args: { netuid: 1, enable: true } },
      }),
    ).toEqual(["Deprecated"]);
    expect(world.block({ who: "//Bob", call: { pallet: "Swap", name: "disable_lp", args: {} } })).toEqual([
      "Deprecated",
    ]);
  });
});
