/** Alpha locked behind a hotkey: conviction, what it bars, and who takes it (metadata of 424; chain/src/node/runtime/subtensor/locks). */
import { describe, expect, it } from "vitest";
import { covers, coversErrors } from "./coverage.ts";
import { harness, key, TAO } from "./harness.ts";
import { must, NETUID, people, subnetWorld } from "./world.ts";

covers(
  "SubtensorModule.lock_stake",
  "SubnetNotExists",
  "AmountTooLow",
  "HotKeyAccountNotExists",
  "InsufficientStakeForLock",
  "LockHotkeyMismatch",
);
covers("SubtensorModule.move_lock", "SubnetNotExists", "HotKeyAccountNotExists", "NoExistingLock");
covers("SubtensorModule.set_perpetual_lock", "SubnetNotExists");
covers("SubtensorModule.set_reject_locked_alpha");
coversErrors("SubtensorModule.remove_stake", "StakeUnavailable");
coversErrors("SubtensorModule.remove_stake_limit", "StakeUnavailable");
coversErrors("SubtensorModule.remove_stake_full_limit", "StakeUnavailable");
coversErrors("SubtensorModule.recycle_alpha", "StakeUnavailable");
coversErrors("SubtensorModule.burn_alpha", "StakeUnavailable");
coversErrors("SubtensorModule.swap_stake", "StakeUnavailable");
coversErrors("SubtensorModule.swap_stake_limit", "StakeUnavailable");
coversErrors("SubtensorModule.move_stake", "StakeUnavailable");
coversErrors("SubtensorModule.transfer_stake", "StakeUnavailable", "AccountRejectsLockedAlpha", "LockHotkeyMismatch");
coversErrors("SubtensorModule.swap_coldkey", "AccountRejectsLockedAlpha", "ActiveLockExists");

const { staker, validator, owner, ownerHot, miner, stranger } = people;
const h = harness(subnetWorld);
const call = "SubtensorModule.lock_stake";
const held = () => h.stakeOf(staker, validator, NETUID);
const lockOf = (hotkey = validator, coldkey = staker) =>
  h.get<{ lockedMass: number; conviction: { bits: number }; lastUpdate: number } | null>(
    "SubtensorModule.Lock",
    coldkey.address,
    NETUID,
    hotkey.address,
  );
/** Locks all of the staker's alpha for good. */
async function lockAll(): Promise<bigint> {
  const amount = await held();
  await h.ok(staker, call, validator.address, NETUID, amount);
  await h.ok(staker, "SubtensorModule.set_perpetual_lock", NETUID, true);
  return amount;
}

describe(call, () => {
  it("locks alpha behind a hotkey, and more behind the same", async () => {
    expect(await h.ok(staker, call, validator.address, NETUID, 1_000_000)).toEqual([
      ["SubtensorModule.StakeLocked", staker.address, validator.address, NETUID, 1_000_000],
    ]);
    expect(await lockOf()).toEqual({ lockedMass: 1_000_000, conviction: { bits: 0 }, lastUpdate: await h.height() });
    await h.ok(staker, call, validator.address, NETUID, 500_000);
    expect((await lockOf())?.lockedMass).toBeGreaterThan(1_499_990);
  });

  it("refuses in the order subnet, amount, hotkey, other hotkey, stake", async () => {
    const nobody = key("//Nobody").address;
    await h.fails("SubnetNotExists", staker, call, nobody, 99, 0);
    await h.fails("AmountTooLow", staker, call, nobody, NETUID, 0);
    await h.fails("HotKeyAccountNotExists", staker, call, nobody, NETUID, 1_000n);
    await h.fails("InsufficientStakeForLock", staker, call, validator.address, NETUID, (await held()) + 1n);
    await h.ok(staker, call, validator.address, NETUID, 1_000n);
    await h.fails("LockHotkeyMismatch", staker, call, ownerHot.address, NETUID, 1_000n);
  });
});

describe("SubtensorModule.move_lock", () => {
  it("puts the lock behind another hotkey", async () => {
    await h.fails("SubnetNotExists", staker, "SubtensorModule.move_lock", miner.address, 99);
    await h.fails("HotKeyAccountNotExists", staker, "SubtensorModule.move_lock", key("//Nobody").address, NETUID);
    await h.fails("NoExistingLock", staker, "SubtensorModule.move_lock", miner.address, NETUID);
    const amount = await lockAll();
    expect(await h.ok(staker, "SubtensorModule.move_lock", miner.address, NETUID)).toEqual([
      ["SubtensorModule.LockMoved", staker.address, validator.address, miner.address, NETUID],
    ]);
    expect(await lockOf()).toBeNull();
    expect(BigInt((await lockOf(miner))?.lockedMass ?? 0)).toBeGreaterThan((amount * 999n) / 1_000n);
  });
});

describe("SubtensorModule.set_perpetual_lock", () => {
  it("stops the decay, and starts it again", async () => {
    await h.fails("SubnetNotExists", staker, "SubtensorModule.set_perpetual_lock", 99, true);
    expect(await h.ok(staker, "SubtensorModule.set_perpetual_lock", NETUID, true)).toEqual([
      ["SubtensorModule.PerpetualLockUpdated", staker.address, NETUID, true],
    ]);
    await h.ok(staker, "SubtensorModule.set_perpetual_lock", NETUID, false);
  });
});

describe("locked alpha", () => {
  it("does not leave the subnet", async () => {
    await lockAll();
    const some = 10n * TAO;
    const fails = (name: string, ...args: unknown[]) =>
      h.fails("StakeUnavailable", staker, `SubtensorModule.${name}`, ...args);
    await fails("remove_stake", validator.address, NETUID, some);
    await fails("remove_stake_limit", validator.address, NETUID, some, 1, true);
    await fails("remove_stake_full_limit", validator.address, NETUID, null);
    await fails("recycle_alpha", validator.address, some, NETUID);
    await fails("burn_alpha", validator.address, some, NETUID);
    await fails("swap_stake", validator.address, NETUID, 1, some);
    await fails("swap_stake_limit", validator.address, NETUID, 1, some, 1, true);
    await fails("move_stake", validator.address, ownerHot.address, NETUID, 1, some);
    await fails("transfer_stake", stranger.address, validator.address, NETUID, 1, some);
    await h.ok(staker, "SubtensorModule.move_stake", validator.address, ownerHot.address, NETUID, NETUID, some);
  });

  it("goes to a coldkey that takes it and has no lock behind another hotkey", async () => {
    const transfer = "SubtensorModule.transfer_stake";
    const args = [stranger.address, validator.address, NETUID, NETUID, 10n * TAO];
    await lockAll();
    await h.fails("AccountRejectsLockedAlpha", staker, transfer, ...args);
    expect(await h.ok(stranger, "SubtensorModule.set_reject_locked_alpha", false)).toEqual([
      ["SubtensorModule.RejectLockedAlphaUpdated", stranger.address, false],
    ]);
    await h.ok(staker, transfer, ...args);
    expect((await lockOf(validator, stranger))?.lockedMass).toBeGreaterThan(0);
    await h.ok(stranger, "SubtensorModule.move_lock", miner.address, NETUID);
    await h.fails("LockHotkeyMismatch", staker, transfer, ...args);
    await h.ok(stranger, "SubtensorModule.set_reject_locked_alpha", true);
  });

  it("follows a coldkey swap to a coldkey that takes it and has none", async () => {
    const swap = ["SubtensorModule.swap_coldkey", staker.address, stranger.address, 0] as const;
    await lockAll();
    await h.rootFails("AccountRejectsLockedAlpha", ...swap);
    await h.ok(stranger, "SubtensorModule.set_reject_locked_alpha", false);
    await h.setSubtensor({
      Lock: [
        [
          [stranger.address, NETUID, validator.address],
          { locked_mass: 5_000, conviction: { bits: 0 }, last_update: await h.height() },
        ],
      ],
    });
    await h.rootFails("ActiveLockExists", ...swap);
    await h.setSubtensor({ Lock: [[[stranger.address, NETUID, validator.address], null]] });
    await h.root(...swap);
    expect(await lockOf()).toBeNull();
    expect((await lockOf(validator, stranger))?.lockedMass).toBeGreaterThan(0);
  });

  it("of the owner is not asked for when the owner's hotkey is chosen: conviction is there at once", async () => {
    await must(h, owner, "SubtensorModule.add_stake", ownerHot.address, NETUID, 10n * TAO);
    await h.ok(owner, call, ownerHot.address, NETUID, TAO);
    expect((await lockOf(ownerHot, owner))?.conviction.bits).not.toBe(0);
  });
});
