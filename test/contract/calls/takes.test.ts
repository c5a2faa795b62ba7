/** Takes of delegates and childkeys (spec/subtensor-interface.md 1.5, 2.3). */
import { describe, expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness, key, TAO } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers(
  "SubtensorModule.increase_take",
  "DelegateTakeTooLow",
  "DelegateTakeTooHigh",
  "HotKeyAccountNotExists",
  "NonAssociatedColdKey",
  "DelegateTxRateLimitExceeded",
);
covers(
  "SubtensorModule.decrease_take",
  "DelegateTakeTooLow",
  "DelegateTakeTooHigh",
  "HotKeyAccountNotExists",
  "NonAssociatedColdKey",
);
covers(
  "SubtensorModule.set_childkey_take",
  "NonAssociatedColdKey",
  "InvalidChildkeyTake",
  "TxChildkeyTakeRateLimitExceeded",
);
covers("SubtensorModule.sudo_set_tx_childkey_take_rate_limit", "BadOrigin");
covers("SubtensorModule.sudo_set_min_childkey_take", "BadOrigin");
covers("SubtensorModule.sudo_set_max_childkey_take", "BadOrigin");

const { staker, validator, stranger, owner } = people;
const h = harness(async (world) => {
  await subnetWorld(world);
  await world.setSubtensor({ Delegates: [[[validator.address], 5_000]], MinDelegateTake: 1_000 });
});
const take = () => h.get("SubtensorModule.Delegates", validator.address);

describe.each(["SubtensorModule.increase_take", "SubtensorModule.decrease_take"])("%s", (call) => {
  it("asks at the pool: bounds, then the hotkey, then who owns it", async () => {
    const nobody = key("//Nobody").address;
    await h.guarded([26, "DelegateTakeTooLow"], stranger, call, nobody, 999);
    await h.guarded([27, "DelegateTakeTooHigh"], stranger, call, nobody, 11_797);
    await h.guarded([4, "HotKeyAccountNotExists"], stranger, call, nobody, 6_000);
    await h.guarded([25, "NonAssociatedColdKey"], stranger, call, validator.address, 6_000);
  });

  it("is free and works for a coldkey without TAO", async () => {
    const { free } = await h.account(staker);
    await h.ok(staker, call, validator.address, call.includes("increase") ? 5_001 : 4_999);
    expect((await h.account(staker)).free).toBe(free);
  });
});

describe("SubtensorModule.increase_take", () => {
  const call = "SubtensorModule.increase_take";

  it("raises the take up to the most there is", async () => {
    expect(await h.ok(staker, call, validator.address, 11_796)).toEqual([
      ["SubtensorModule.TakeIncreased", staker.address, validator.address, 11_796],
    ]);
    expect(await take()).toBe(11_796);
  });

  it("takes no equal or lower take, unless none is set", async () => {
    await h.fails("DelegateTakeTooLow", staker, call, validator.address, 5_000);
    await h.setSubtensor({ Delegates: [[[validator.address], null]] });
    await h.ok(staker, call, validator.address, 1_000);
  });

  it("waits more than TxDelegateTakeRateLimit blocks after any change of the coldkey, decreases included", async () => {
    await h.setSubtensor({ TxDelegateTakeRateLimit: 3 });
    await h.ok(staker, "SubtensorModule.decrease_take", validator.address, 4_000);
    await h.fails("DelegateTxRateLimitExceeded", staker, call, validator.address, 6_000);
    await h.fails("DelegateTakeTooLow", staker, call, validator.address, 4_000);
    await h.fails("DelegateTxRateLimitExceeded", staker, call, validator.address, 6_000);
    await h.ok(staker, call, validator.address, 6_000);
  });
});

describe("SubtensorModule.decrease_take", () => {
  const call = "SubtensorModule.decrease_take";

  it("lowers the take as often as wanted", async () => {
    expect(await h.ok(staker, call, validator.address, 2_000)).toEqual([
      ["SubtensorModule.TakeDecreased", staker.address, validator.address, 2_000],
    ]);
    await h.ok(staker, call, validator.address, 1_000);
    expect(await take()).toBe(1_000);
    await h.fails("DelegateTakeTooLow", staker, call, validator.address, 1_000);
    await h.fails("DelegateTakeTooLow", staker, call, validator.address, 1_500);
  });
});

describe("SubtensorModule.set_childkey_take", () => {
  const call = "SubtensorModule.set_childkey_take";

  it("sets the take of a hotkey on a subnet", async () => {
    expect(await h.ok(staker, call, validator.address, NETUID, 11_796)).toEqual([
      ["SubtensorModule.ChildKeyTakeSet", validator.address, 11_796],
    ]);
    expect(await h.get("SubtensorModule.ChildkeyTake", validator.address, NETUID)).toBe(11_796);
  });

  it("refuses in the order owner, bounds, rate; the higher of the two least takes counts", async () => {
    await h.setSubtensor({ MinChildkeyTake: 100, MinChildkeyTakePerSubnet: [[[NETUID], 200]] });
    await h.fails("NonAssociatedColdKey", stranger, call, validator.address, NETUID, 1);
    await h.fails("InvalidChildkeyTake", staker, call, validator.address, NETUID, 199);
    await h.fails("InvalidChildkeyTake", staker, call, validator.address, NETUID, 11_797);
    await h.ok(staker, call, validator.address, NETUID, 200);
    await h.setSubtensor({ MinChildkeyTake: 300 });
    await h.fails("InvalidChildkeyTake", staker, call, validator.address, NETUID, 299);
  });

  it("limits increases only: every change starts the limit anew", async () => {
    await h.setSubtensor({ TxChildkeyTakeRateLimit: 4 });
    await h.ok(staker, call, validator.address, NETUID, 500);
    await h.fails("TxChildkeyTakeRateLimitExceeded", staker, call, validator.address, NETUID, 501);
    await h.ok(staker, call, validator.address, NETUID, 400);
    const changed = await h.height();
    await h.nextIs(changed + 3);
    await h.fails("TxChildkeyTakeRateLimitExceeded", staker, call, validator.address, NETUID, 401);
    await h.ok(staker, call, validator.address, NETUID, 401);
    await h.ok(staker, call, validator.address, 1, 401);
  });
});

describe.each([
  ["SubtensorModule.sudo_set_tx_childkey_take_rate_limit", "TxChildkeyTakeRateLimit", "TxChildKeyTakeRateLimitSet"],
  ["SubtensorModule.sudo_set_min_childkey_take", "MinChildkeyTake", "MinChildKeyTakeSet"],
  ["SubtensorModule.sudo_set_max_childkey_take", "MaxChildkeyTake", "MaxChildKeyTakeSet"],
])("%s", (call, item, event) => {
  it("is root's", async () => {
    expect(await h.root(call, 77)).toEqual([[`SubtensorModule.${event}`, 77]]);
    expect(await h.get(`SubtensorModule.${item}`)).toBe(77);
    await h.fails("BadOrigin", owner, call, 78);
    await h.fund(owner, TAO);
  });
});
