/** Childkeys: who inherits stake on a subnet (spec/subtensor-interface.md 2.3, spec/economics.md 5.4). */
import { describe, expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness, key, type Pair, TAO } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers(
  "SubtensorModule.set_children",
  "TxRateLimitExceeded",
  "RegistrationNotPermittedOnRootSubnet",
  "SubnetNotExists",
  "NonAssociatedColdKey",
  "DuplicateChild",
  "InvalidChild",
  "TooManyChildren",
  "ProportionOverflow",
  "ChildParentInconsistency",
  "NotEnoughStakeToSetChildkeys",
);
covers("SubtensorModule.set_pending_childkey_cooldown", "BadOrigin");
covers("SubtensorModule.set_auto_parent_delegation_enabled", "NonAssociatedColdKey", "HotKeyNotRegisteredInSubNet");

const { owner, ownerHot, staker, validator, miner, minerCold, stranger, strangerHot } = people;
const h = harness(subnetWorld);
const call = "SubtensorModule.set_children";
const HALF = 1n << 63n;
const FULL = (1n << 64n) - 1n;
const child = (of: Pair, proportion = HALF): [bigint, string] => [proportion, of.address];
const kids = (count: number): [bigint, string][] =>
  Array.from({ length: count }, (_, i) => child(key(`//Kid//${i}`), 1n));
const started = (on: boolean) => h.setSubtensor({ SubtokenEnabled: [[[NETUID], on]] });
const hex = (value: bigint): string | number =>
  value < 1n << 53n ? Number(value) : `0x${value.toString(16).padStart(16, "0")}`;

describe("SubtensorModule.set_children", () => {
  it("applies at once before the subnet starts, and says so", async () => {
    await started(false);
    expect(await h.ok(staker, call, validator.address, NETUID, [child(miner), child(strangerHot, 5n)])).toEqual([
      [
        "SubtensorModule.SetChildren",
        validator.address,
        NETUID,
        [
          [hex(HALF), miner.address],
          [5, strangerHot.address],
        ],
      ],
    ]);
    expect(await h.get("SubtensorModule.ChildKeys", validator.address, NETUID)).toEqual([
      [hex(HALF), miner.address],
      [5, strangerHot.address],
    ]);
    expect(await h.get("SubtensorModule.ParentKeys", miner.address, NETUID)).toEqual([[hex(HALF), validator.address]]);
    await h.blocks(150);
    await h.ok(staker, call, validator.address, NETUID, [child(strangerHot, FULL)]);
    expect(await h.get("SubtensorModule.ParentKeys", miner.address, NETUID)).toEqual([]);
    expect(await h.get("SubtensorModule.ParentKeys", strangerHot.address, NETUID)).toEqual([
      [hex(FULL), validator.address],
    ]);
  });

  it("is scheduled on a started subnet and applied by the first epoch after the cooldown", async () => {
    await h.setSubtensor({ PendingChildKeyCooldown: 20 });
    const events = await h.ok(staker, call, validator.address, NETUID, [child(miner)]);
    const cooldown = (await h.height()) + 20;
    expect(events).toEqual([
      ["SubtensorModule.SetChildrenScheduled", validator.address, NETUID, cooldown, [[hex(HALF), miner.address]]],
    ]);
    expect(await h.get("SubtensorModule.PendingChildKeys", NETUID, validator.address)).toEqual([
      [[hex(HALF), miner.address]],
      cooldown,
    ]);
    const epochAt = (block: number) => h.setSubtensor({ PendingEpochAt: [[[NETUID], block]] });
    await epochAt(cooldown);
    await h.nextIs(cooldown + 1);
    expect(await h.get("SubtensorModule.ChildKeys", validator.address, NETUID)).toEqual([]);
    await epochAt(cooldown + 2);
    await h.nextIs(cooldown + 3);
    expect(await h.get("SubtensorModule.ChildKeys", validator.address, NETUID)).toEqual([[hex(HALF), miner.address]]);
    expect(await h.get("SubtensorModule.PendingChildKeys", NETUID, validator.address)).toEqual([[], 0]);
  });

  it("refuses in the order of the specification", async () => {
    await h.setSubtensor({ StakeThreshold: "1000000000000000" });
    const tooMany = [...kids(6), ...kids(1), child(validator, FULL), child(ownerHot, FULL)];
    await h.setSubtensor({ TransactionKeyLastBlock: [[[validator.address, 0, 0], await h.height()]] });
    await h.fails("TxRateLimitExceeded", stranger, call, validator.address, 0, tooMany);
    await h.fails("RegistrationNotPermittedOnRootSubnet", stranger, call, miner.address, 0, tooMany);
    await h.fails("SubnetNotExists", stranger, call, validator.address, 99, tooMany);
    await h.fails("NonAssociatedColdKey", stranger, call, validator.address, NETUID, tooMany);
    await h.setSubtensor({ ParentKeys: [[[validator.address, NETUID], [[hex(HALF), ownerHot.address]]]] });
    await h.fails("DuplicateChild", staker, call, validator.address, NETUID, tooMany);
    const rest = [...kids(6), child(validator, FULL), child(ownerHot, FULL)];
    await h.fails("InvalidChild", staker, call, validator.address, NETUID, rest);
    const noSelf = [...kids(6), child(ownerHot, FULL)];
    await h.fails("TooManyChildren", staker, call, validator.address, NETUID, noSelf);
    const five = [...kids(4), child(ownerHot, FULL)];
    await h.fails("ProportionOverflow", staker, call, validator.address, NETUID, five);
    const fits = [...kids(4), child(ownerHot, FULL - 4n)];
    await h.fails("ChildParentInconsistency", staker, call, validator.address, NETUID, fits);
    await h.fails("NotEnoughStakeToSetChildkeys", staker, call, validator.address, NETUID, kids(5));
    await h.ok(staker, call, validator.address, NETUID, []);
  });

  it("lets the owner's hotkey have children whatever its stake; others by the worth of all their stake", async () => {
    await h.setSubtensor({ StakeThreshold: "60000000000" });
    await h.ok(owner, call, ownerHot.address, NETUID, kids(1));
    await h.fails("NotEnoughStakeToSetChildkeys", minerCold, call, miner.address, NETUID, kids(1));
    await h.ok(stranger, "SubtensorModule.add_stake", miner.address, 0, 61n * TAO);
    await h.ok(minerCold, call, miner.address, NETUID, kids(1));
  });

  it("opens again exactly 150 blocks after, per hotkey and subnet", async () => {
    await h.ok(staker, call, validator.address, NETUID, []);
    const set = await h.height();
    await h.ok(staker, call, validator.address, 1, []);
    await h.nextIs(set + 149);
    await h.fails("TxRateLimitExceeded", staker, call, validator.address, NETUID, []);
    await h.ok(staker, call, validator.address, NETUID, []);
  });
});

describe("SubtensorModule.set_pending_childkey_cooldown", () => {
  it("is root's and says nothing", async () => {
    expect(await h.root("SubtensorModule.set_pending_childkey_cooldown", 33)).toEqual([]);
    expect(await h.get("SubtensorModule.PendingChildKeyCooldown")).toBe(33);
    await h.fails("BadOrigin", owner, "SubtensorModule.set_pending_childkey_cooldown", 34);
  });
});

describe("SubtensorModule.set_auto_parent_delegation_enabled", () => {
  const toggle = "SubtensorModule.set_auto_parent_delegation_enabled";

  it("is for root validators, by their coldkey", async () => {
    await h.fails("NonAssociatedColdKey", stranger, toggle, validator.address, false);
    await h.fails("HotKeyNotRegisteredInSubNet", staker, toggle, validator.address, false);
    await h.ok(staker, "SubtensorModule.root_register", validator.address);
    expect(await h.ok(staker, toggle, validator.address, false)).toEqual([
      ["SubtensorModule.AutoParentDelegationEnabledSet", validator.address, false],
    ]);
    expect(await h.get("SubtensorModule.AutoParentDelegationEnabled", validator.address)).toBe(false);
  });
});
