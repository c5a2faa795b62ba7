/** A hotkey gives its place to another of the same coldkey (spec/subtensor-interface.md 2.3). */
import { describe, expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness, key, TAO } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers(
  "SubtensorModule.swap_hotkey",
  "NonAssociatedColdKey",
  "NewHotKeyIsSameWithOld",
  "HotKeySetTxRateLimitExceeded",
  "HotKeyAlreadyRegisteredInSubNet",
  "HotKeySwapOnSubnetIntervalNotPassed",
  "NotEnoughBalanceToPaySwapHotKey",
);
covers(
  "SubtensorModule.swap_hotkey_v2",
  "NonAssociatedColdKey",
  "NewHotKeyIsSameWithOld",
  "HotKeySetTxRateLimitExceeded",
  "HotKeyAlreadyRegisteredInSubNet",
  "HotKeySwapOnSubnetIntervalNotPassed",
  "NotEnoughBalanceToPaySwapHotKey",
  "NewHotKeyNotCleanForRootSwap",
);

const { staker, validator, stranger, miner, owner } = people;
const next = key("//Charlie//next");
const h = harness(subnetWorld);

describe.each([
  ["SubtensorModule.swap_hotkey", []],
  ["SubtensorModule.swap_hotkey_v2", [false]],
] as const)("%s", (call, tail) => {
  const args = (netuid: number | null = null, to = next.address, from = validator.address) => [
    from,
    to,
    netuid,
    ...tail,
  ];

  it("everywhere costs 0.1 TAO and moves seat, endpoint, commits, take, stake", async () => {
    await h.ok(validator, "SubtensorModule.serve_axon", NETUID, 1, 1, 1, 4, 0, 0, 0);
    await h.setSubtensor({ Delegates: [[[validator.address], 99]] });
    const stake = await h.stakeOf(staker, validator, NETUID);
    const events = await h.ok(staker, call, ...args());
    expect(events).toEqual([
      ["Balances.Withdraw", staker.address, 100_000_000],
      ["SubtensorModule.HotkeySwapped", staker.address, validator.address, next.address],
    ]);
    expect(await h.get("SubtensorModule.Uids", NETUID, next.address)).toBe(1);
    expect(await h.get("SubtensorModule.Keys", NETUID, 1)).toBe(next.address);
    expect(await h.get("SubtensorModule.Axons", NETUID, next.address)).not.toBeNull();
    expect(await h.get("SubtensorModule.Axons", NETUID, validator.address)).toBeNull();
    expect(await h.get("SubtensorModule.Delegates", next.address)).toBe(99);
    expect(await h.get("SubtensorModule.Owner", next.address)).toBe(staker.address);
    expect(await h.get("SubtensorModule.OwnedHotkeys", staker.address)).toEqual([next.address]);
    expect(await h.get("SubtensorModule.IsNetworkMember", validator.address, NETUID)).toBe(false);
    const moved = await h.stakeOf(staker, next, NETUID);
    expect(Number(moved - stake)).toBeLessThan(2);
    expect(await h.stakeOf(staker, validator, NETUID)).toBe(0n);
  });

  it("on one subnet costs 0.001 TAO and keeps the old hotkey", async () => {
    const events = await h.ok(staker, call, ...args(NETUID));
    expect(events).toEqual([
      ["Balances.Withdraw", staker.address, 1_000_000],
      ["SubtensorModule.HotkeySwappedOnSubnet", staker.address, validator.address, next.address, NETUID],
    ]);
    expect(await h.get("SubtensorModule.Uids", NETUID, next.address)).toBe(1);
    expect(await h.get("SubtensorModule.Owner", validator.address)).toBe(staker.address);
    expect(await h.get("SubtensorModule.Owner", next.address)).toBe(staker.address);
  });

  it("refuses in the order of the specification", async () => {
    await h.setSubtensor({ LastRateLimitedBlock: [[[{ LastTxBlock: staker.address }], await h.height()]] });
    await h.fails("NonAssociatedColdKey", stranger, call, ...args(null, validator.address));
    await h.fails("NonAssociatedColdKey", staker, call, ...args(null, miner.address));
    await h.fails("NewHotKeyIsSameWithOld", staker, call, ...args(null, validator.address));
    await h.fails("HotKeySetTxRateLimitExceeded", staker, call, ...args());
    await h.setSubtensor({ LastRateLimitedBlock: [[[{ LastTxBlock: staker.address }], 0]] });
    await h.ok(staker, "SubtensorModule.burned_register", 1, next.address);
    await h.fails("HotKeyAlreadyRegisteredInSubNet", staker, call, ...args());
    await h.ok(staker, "SubtensorModule.burned_register", NETUID, next.address);
    await h.setSubtensor({ LastHotkeySwapOnNetuid: [[[NETUID, staker.address], await h.height()]] });
    await h.fails("HotKeyAlreadyRegisteredInSubNet", staker, call, ...args(NETUID));
  });

  it("needs its price", async () => {
    await h.fund(staker, 90_000_000n);
    await h.fails("NotEnoughBalanceToPaySwapHotKey", staker, call, ...args());
    await h.ok(staker, call, ...args(NETUID));
  });

  it("waits TxRateLimit blocks between two swaps of a coldkey", async () => {
    await h.setSubtensor({ TxRateLimit: 5 });
    await h.ok(staker, call, ...args());
    const swapped = await h.height();
    await h.nextIs(swapped + 5);
    await h.fails(
      "HotKeySetTxRateLimitExceeded",
      staker,
      call,
      ...args(null, key("//Charlie//third").address, next.address),
    );
    await h.ok(staker, call, ...args(null, key("//Charlie//third").address, next.address));
  });

  it("waits the interval between two swaps of a coldkey on a subnet", async () => {
    await h.setSubtensor({ TxRateLimit: 0 });
    const height = await h.height();
    await h.setSubtensor({ LastHotkeySwapOnNetuid: [[[NETUID, staker.address], height + 2]] });
    await h.fails("HotKeySwapOnSubnetIntervalNotPassed", staker, call, ...args(NETUID));
    await h.blocks(1);
    await h.ok(staker, call, ...args(NETUID));
    expect(await h.get("SubtensorModule.LastHotkeySwapOnNetuid", NETUID, staker.address)).toBe(await h.height());
  });
});

describe("SubtensorModule.swap_hotkey_v2", () => {
  const call = "SubtensorModule.swap_hotkey_v2";

  it("can leave the stake where it is", async () => {
    const stake = await h.stakeOf(staker, validator, NETUID);
    await h.ok(staker, call, validator.address, next.address, null, true);
    expect(await h.get("SubtensorModule.Uids", NETUID, next.address)).toBe(1);
    expect(await h.stakeOf(staker, validator, NETUID)).toBe(stake);
    expect(await h.stakeOf(staker, next, NETUID)).toBe(0n);
  });

  it("takes the place of the subnet's owner hotkey", async () => {
    const to = key("//Bob//next");
    await h.ok(owner, call, people.ownerHot.address, to.address, NETUID, false);
    expect(await h.get("SubtensorModule.SubnetOwnerHotkey", NETUID)).toBe(to.address);
  });

  it("asks for a hotkey without root stake or claims where root stake would move", async () => {
    await h.ok(staker, "SubtensorModule.try_associate_hotkey", next.address);
    await h.ok(staker, "SubtensorModule.add_stake", next.address, 0, TAO);
    await h.fails("NewHotKeyNotCleanForRootSwap", staker, call, validator.address, next.address, null, false);
  });
});
