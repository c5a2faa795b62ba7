import { U64F64 } from "@subnetkit/shared/fixed/formats";
import { describe, expect, it } from "vitest";
import { blockStep } from "../../../../../../../chain/src/node/runtime/subtensor/coinbase/block-step.ts";
import { OWNER_CHANGE_AGE } from "../../../../../../../chain/src/node/runtime/subtensor/locks/conviction.ts";
import { stakeOf } from "../../../../../../../chain/src/node/runtime/subtensor/state/shares.ts";
import { subtensorModule } from "../../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import type { LockState } from "../../../../../../../chain/src/spec/pallets/subtensor-module-types.ts";
import {
  minerColdkey,
  minerHotkey,
  NETUID,
  OWNER,
  startSubnet,
  validatorColdkey,
  validatorHotkey,
} from "../scenario.ts";
import { account, admin, fund, type Step, subtensor, TAO, type World } from "../world.ts";

const S = subtensorModule.storage;
const OWNER_HOTKEY = account(validatorHotkey(0));
const HOTKEY = account(validatorHotkey(1));
const STAKER = validatorColdkey(1);
const OTHER = minerColdkey(0);

const lock = (who: string, amount: bigint, hotkey = HOTKEY, netuid = NETUID): Step =>
  subtensor(who, "lock_stake", { hotkey, netuid, amount });
const perpetual = (who: string, enabled: boolean, netuid = NETUID): Step =>
  subtensor(who, "set_perpetual_lock", { netuid, enabled });
const accept = (who: string): Step => subtensor(who, "set_reject_locked_alpha", { enabled: false });
const moveLock = (who: string, to: string, netuid = NETUID): Step =>
  subtensor(who, "move_lock", { destination_hotkey: to, netuid });
const transfer = (who: string, to: string, alpha_amount: bigint): Step =>
  subtensor(who, "transfer_stake", {
    destination_coldkey: account(to),
    hotkey: HOTKEY,
    origin_netuid: NETUID,
    destination_netuid: NETUID,
    alpha_amount,
  });

const held = (world: World, who = STAKER, hotkey = HOTKEY): bigint =>
  stakeOf(world.state, hotkey, account(who), NETUID);
const stored = (world: World, who = STAKER, hotkey = HOTKEY): LockState | undefined =>
  world.state.get(S.Lock, account(who), NETUID, hotkey);
const current = (world: World, who = STAKER): LockState | undefined =>
  world.api("StakeInfoRuntimeApi_get_coldkey_lock", { coldkey: account(who), netuid: NETUID });
const conviction = (world: World, hotkey = HOTKEY): bigint =>
  world.api<{ bits: bigint }>("StakeInfoRuntimeApi_get_hotkey_conviction", { hotkey, netuid: NETUID }).bits;

/** A subnet whose lock rates are short enough to see decay. */
function start(options: { rate?: bigint } = {}): World {
  const world = startSubnet({ validators: 2, miners: 1, tempo: 360 });
  if (options.rate !== undefined) {
    const rate = options.rate;
    world.edit((state) => {
      state.put(S.UnlockRate, [], rate);
      state.put(S.MaturityRate, [], rate);
    });
  }
  return world;
}

describe("locking stake", () => {
  it("locks alpha of a coldkey, wherever it is staked, behind one hotkey", () => {
    const world = start();
    const amount = held(world);
    expect(world.block(lock(STAKER, amount))).toEqual(["ok"]);
    expect(world.events("StakeLocked").map((event) => event.fields)).toEqual([
      { coldkey: account(STAKER), hotkey: HOTKEY, netuid: NETUID, amount },
    ]);
    expect(stored(world)).toEqual({ locked_mass: amount, conviction: { bits: 0n }, last_update: BigInt(world.number) });
    expect(world.state.has(S.LockingColdkeys, NETUID, HOTKEY, account(STAKER))).toBe(true);
    expect(world.state.get(S.DecayingHotkeyLock, NETUID, HOTKEY)?.locked_mass).toBe(amount);
    expect(world.state.get(S.HotkeyLock, NETUID, HOTKEY)).toBeUndefined();
  });

  it("says why it does not", () => {
    const world = start();
    const nobody = account("//Nobody//hot");
    expect(world.block(lock(STAKER, 1_000n, HOTKEY, 77))).toEqual(["SubnetNotExists"]);
    expect(world.block(lock(STAKER, 0n))).toEqual(["AmountTooLow"]);
    expect(world.block(lock(STAKER, 1_000n, nobody))).toEqual(["HotKeyAccountNotExists"]);
    expect(world.block(lock(STAKER, held(world) + 1n))).toEqual(["InsufficientStakeForLock"]);
    expect(world.block(lock(STAKER, 1_000n))).toEqual(["ok"]);
    expect(world.block(lock(STAKER, 1_000n, OWNER_HOTKEY))).toEqual(["LockHotkeyMismatch"]);
    expect(world.block(lock(STAKER, held(world) - 900n))).toEqual(["InsufficientStakeForLock"]);
    expect(world.block(lock(STAKER, 500n))).toEqual(["ok"]);
    expect(stored(world)?.locked_mass).toBeGreaterThan(1_490n);
  });

  it("decays: the mass unlocks, conviction comes and goes with it", () => {
    const world = start({ rate: 100n });
    const amount = held(world) / 2n;
    world.must(lock(STAKER, amount));
    world.run(100);
    const after = current(world) as LockState;
    const share = Number(after.locked_mass) / Number(amount);
    expect(share).toBeCloseTo(Math.exp(-1), 6);
    expect(U64F64.toNumber(after.conviction.bits) / Number(amount)).toBeCloseTo(Math.exp(-1), 6);
    expect(conviction(world)).toBe(after.conviction.bits);
    world.run(3_000);
    expect(current(world)).toMatchObject({ locked_mass: 0n, conviction: { bits: 0n } });
    world.must(subtensor(STAKER, "remove_stake", { hotkey: HOTKEY, netuid: NETUID, amount_unstaked: TAO }));
    expect(stored(world)).toBeUndefined();
    expect(world.state.has(S.LockingColdkeys, NETUID, HOTKEY, account(STAKER))).toBe(false);
    expect(world.state.get(S.DecayingHotkeyLock, NETUID, HOTKEY)).toBeUndefined();
  });

  it("does not decay once it is perpetual, and its conviction grows to the mass", () => {
    const world = start({ rate: 50n });
    const amount = held(world);
    world.must(lock(STAKER, amount));
    world.must(perpetual(STAKER, true));
    expect(world.events("PerpetualLockUpdated").map((event) => event.fields)).toEqual([
      { coldkey: account(STAKER), netuid: NETUID, enabled: true },
    ]);
    const mass = (stored(world) as LockState).locked_mass;
    expect(world.state.get(S.HotkeyLock, NETUID, HOTKEY)?.locked_mass).toBe(mass);
    expect(world.state.get(S.DecayingHotkeyLock, NETUID, HOTKEY)).toBeUndefined();
    world.run(2_000);
    expect(current(world)?.locked_mass).toBe(mass);
    expect(Number(conviction(world) >> 64n) / Number(mass)).toBeCloseTo(1, 6);
    world.must(perpetual(STAKER, false));
    expect(world.state.has(S.DecayingLock, account(STAKER), NETUID)).toBe(false);
    expect(world.state.get(S.HotkeyLock, NETUID, HOTKEY)).toBeUndefined();
    world.run(100);
    expect(Number(current(world)?.locked_mass) / Number(mass)).toBeCloseTo(Math.exp(-2), 5);
    expect(world.block(perpetual(STAKER, true, 77))).toEqual(["SubnetNotExists"]);
  });

  it("behind the owner's hotkey has its conviction at once", () => {
    const world = start();
    const amount = held(world);
    world.must(lock(STAKER, amount, OWNER_HOTKEY));
    expect(stored(world, STAKER, OWNER_HOTKEY)?.conviction.bits).toBe(U64F64.fromInt(amount));
    expect(world.state.get(S.DecayingOwnerLock, NETUID)).toMatchObject({ locked_mass: amount });
    expect(conviction(world, OWNER_HOTKEY)).toBe(U64F64.fromInt(amount));
    expect(world.api("StakeInfoRuntimeApi_get_most_convicted_hotkey_on_subnet", { netuid: NETUID })).toBe(OWNER_HOTKEY);
  });
});

describe("moving a lock", () => {
  it("loses the conviction where the hotkeys have different owners, and keeps it where they do not", () => {
    const world = start({ rate: 50n });
    world.must(subtensor(STAKER, "try_associate_hotkey", { hotkey: account("//Second//hot") }));
    world.must(lock(STAKER, held(world)), perpetual(STAKER, true));
    world.run(200);
    world.must(moveLock(STAKER, account("//Second//hot")));
    const kept = stored(world, STAKER, account("//Second//hot")) as LockState;
    expect(kept.conviction.bits >> 64n).toBeGreaterThan((kept.locked_mass * 9n) / 10n);
    expect(stored(world)).toBeUndefined();
    expect(world.state.get(S.HotkeyLock, NETUID, account("//Second//hot"))?.conviction.bits).toBe(kept.conviction.bits);
    world.must(moveLock(STAKER, account(minerHotkey(0))));
    expect(world.events("LockMoved").map((event) => event.fields)).toEqual([
      {
        coldkey: account(STAKER),
        origin_hotkey: account("//Second//hot"),
        destination_hotkey: account(minerHotkey(0)),
        netuid: NETUID,
      },
    ]);
    expect(stored(world, STAKER, account(minerHotkey(0)))?.conviction.bits).toBe(0n);
    expect(world.state.get(S.HotkeyLock, NETUID, account("//Second//hot"))).toBeUndefined();
  });

  it("says why it does not", () => {
    const world = start();
    expect(world.block(moveLock(STAKER, OWNER_HOTKEY))).toEqual(["NoExistingLock"]);
    expect(world.block(moveLock(STAKER, account("//Nobody//hot")))).toEqual(["HotKeyAccountNotExists"]);
    expect(world.block(moveLock(STAKER, OWNER_HOTKEY, 77))).toEqual(["SubnetNotExists"]);
  });
});

describe("locked alpha", () => {
  it("cannot leave the subnet", () => {
    const world = start();
    world.must(lock(STAKER, held(world)), perpetual(STAKER, true));
    world.must(admin("sudo_set_subtoken_enabled", { netuid: 1, subtoken_enabled: true }));
    const args = { hotkey: HOTKEY, netuid: NETUID };
    const over = { origin_netuid: NETUID, destination_netuid: 1, alpha_amount: 10n * TAO };
    expect(
      world.block(
        subtensor(STAKER, "remove_stake", { ...args, amount_unstaked: 10n * TAO }),
        subtensor(STAKER, "remove_stake_limit", {
          ...args,
          amount_unstaked: 10n * TAO,
          limit_price: 1n,
          allow_partial: true,
        }),
        subtensor(STAKER, "remove_stake_full_limit", { ...args, limit_price: undefined }),
        subtensor(STAKER, "recycle_alpha", { ...args, amount: TAO }),
        subtensor(STAKER, "burn_alpha", { ...args, amount: TAO }),
        subtensor(STAKER, "swap_stake", { hotkey: HOTKEY, ...over }),
        subtensor(STAKER, "swap_stake_limit", { hotkey: HOTKEY, ...over, limit_price: 1n, allow_partial: true }),
        subtensor(STAKER, "move_stake", { origin_hotkey: HOTKEY, destination_hotkey: OWNER_HOTKEY, ...over }),
        subtensor(STAKER, "transfer_stake", { hotkey: HOTKEY, destination_coldkey: account(OTHER), ...over }),
      ),
    ).toEqual(Array(9).fill("StakeUnavailable"));
    const before = held(world);
    expect(world.block(subtensor(STAKER, "unstake_all", { hotkey: HOTKEY }))).toEqual(["ok"]);
    expect(held(world)).toBe(before);
  });

  it("leaves the rest free, and may move between hotkeys of its coldkey", () => {
    const world = start();
    world.must(lock(STAKER, held(world) / 2n), perpetual(STAKER, true));
    const free = held(world) - (stored(world) as LockState).locked_mass;
    const remove = (amount_unstaked: bigint): Step =>
      subtensor(STAKER, "remove_stake", { hotkey: HOTKEY, netuid: NETUID, amount_unstaked });
    expect(world.block(remove(free + 1n))).toEqual(["StakeUnavailable"]);
    expect(
      world.block(
        subtensor(STAKER, "move_stake", {
          origin_hotkey: HOTKEY,
          destination_hotkey: OWNER_HOTKEY,
          origin_netuid: NETUID,
          destination_netuid: NETUID,
          alpha_amount: held(world),
        }),
      ),
    ).toEqual(["ok"]);
    expect(
      world.api("StakeInfoRuntimeApi_get_stake_availability_for_coldkeys", {
        coldkey_accounts: [account(STAKER)],
        netuids: [NETUID],
      }),
    ).toEqual([
      [
        account(STAKER),
        [[NETUID, { total: held(world, STAKER, OWNER_HOTKEY), locked: stored(world)?.locked_mass, available: free }]],
      ],
    ]);
    const take = subtensor(STAKER, "remove_stake", { hotkey: OWNER_HOTKEY, netuid: NETUID, amount_unstaked: free });
    expect(world.block(take)).toEqual(["ok"]);
  });

  it("goes to another coldkey only if that one wants it, free alpha first", () => {
    const world = start({ rate: 50n });
    world.must(lock(STAKER, held(world) / 2n), perpetual(STAKER, true));
    world.run(100);
    const locked = (current(world) as LockState).locked_mass;
    const free = held(world) - locked;
    expect(world.block(transfer(STAKER, OTHER, free + 10n * TAO))).toEqual(["AccountRejectsLockedAlpha"]);
    expect(world.block(transfer(STAKER, OTHER, free))).toEqual(["ok"]);
    expect(stored(world, OTHER)).toBeUndefined();
    world.must(accept(OTHER));
    expect(world.events("RejectLockedAlphaUpdated").map((event) => event.fields)).toEqual([
      { coldkey: account(OTHER), enabled: false },
    ]);
    const part = locked / 4n;
    world.must(transfer(STAKER, OTHER, part));
    const [mine, theirs] = [stored(world), stored(world, OTHER)] as [LockState, LockState];
    expect(mine.locked_mass).toBe(locked - part);
    expect(theirs.locked_mass).toBe(part);
    expect(Number(theirs.conviction.bits) / Number(mine.conviction.bits)).toBeCloseTo(1 / 3, 6);
    expect(world.state.get(S.HotkeyLock, NETUID, HOTKEY)?.locked_mass).toBe(locked - part);
    expect(world.state.get(S.DecayingHotkeyLock, NETUID, HOTKEY)?.locked_mass).toBe(part);
    expect(world.block(moveLock(OTHER, OWNER_HOTKEY), transfer(STAKER, OTHER, part))).toEqual([
      "ok",
      "LockHotkeyMismatch",
    ]);
    world.must(subtensor(OTHER, "set_reject_locked_alpha", { enabled: true }));
    expect(world.state.has(S.AccountFlags, account(OTHER))).toBe(false);
  });

  it("follows a coldkey swap, to a coldkey that wants it and has no lock", () => {
    const world = start();
    world.must(fund("//New", 10n * TAO));
    world.must(lock(STAKER, held(world)), perpetual(STAKER, true));
    const swap = {
      who: "//Alice",
      call: {
        pallet: "Sudo",
        name: "sudo",
        args: {
          call: {
            pallet: "SubtensorModule",
            name: "swap_coldkey",
            args: { old_coldkey: account(STAKER), new_coldkey: account("//New"), swap_cost: 0n },
          },
        },
      },
    };
    expect(world.block(swap)).toEqual(["AccountRejectsLockedAlpha"]);
    world.must(accept("//New"));
    const before = stored(world) as LockState;
    world.must(swap);
    expect(stored(world)).toBeUndefined();
    expect(stored(world, "//New")?.locked_mass).toBe(before.locked_mass);
    expect(world.state.get(S.DecayingLock, account("//New"), NETUID)).toBe(false);
    expect(world.state.has(S.DecayingLock, account(STAKER), NETUID)).toBe(false);
    expect(world.state.get(S.HotkeyLock, NETUID, HOTKEY)?.locked_mass).toBe(before.locked_mass);
  });

  it("makes a coldkey that has a lock of its own no target of a coldkey swap", () => {
    const world = start();
    world.must(fund("//New", 100n * TAO));
    // A coldkey with a lock and no stake: its staking hotkeys are empty, as after everything was moved away.
    world.edit((state) =>
      state.put(S.Lock, [account("//New"), NETUID, HOTKEY], {
        locked_mass: 5_000n,
        conviction: { bits: 0n },
        last_update: BigInt(world.number),
      }),
    );
    const call = {
      pallet: "SubtensorModule",
      name: "swap_coldkey",
      args: { old_coldkey: account(STAKER), new_coldkey: account("//New"), swap_cost: 0n },
    };
    expect(world.block({ who: "//Alice", call: { pallet: "Sudo", name: "sudo", args: { call } } })).toEqual([
      "ActiveLockExists",
    ]);
  });

  it("follows a hotkey swap with its sum, the owner's sum included", () => {
    const world = start();
    world.must(lock(STAKER, held(world)), lock(OWNER, 50n * TAO, OWNER_HOTKEY));
    const swap = (who: string, from: string, to: string): Step =>
      subtensor(who, "swap_hotkey_v2", { hotkey: from, new_hotkey: account(to), netuid: undefined, keep_stake: false });
    world.must(swap(STAKER, HOTKEY, "//Next//hot"), swap(OWNER, OWNER_HOTKEY, "//NextOwner//hot"));
    expect(stored(world)).toBeUndefined();
    expect(stored(world, STAKER, account("//Next//hot"))).toBeDefined();
    expect(world.state.get(S.DecayingHotkeyLock, NETUID, HOTKEY)).toBeUndefined();
    expect(world.state.get(S.DecayingHotkeyLock, NETUID, account("//Next//hot"))).toBeDefined();
    expect(stored(world, OWNER, account("//NextOwner//hot"))?.locked_mass).toBeGreaterThan(49n * TAO);
    expect(conviction(world, account("//NextOwner//hot")) >> 64n).toBeGreaterThan(49n * TAO);
  });

  it("is gone with the subnet", () => {
    const world = start();
    world.must(lock(STAKER, held(world)), perpetual(STAKER, true));
    world.must({
      who: "//Alice",
      call: {
        pallet: "Sudo",
        name: "sudo",
        args: { call: { pallet: "SubtensorModule", name: "root_dissolve_network", args: { netuid: NETUID } } },
      },
    });
    for (const item of [S.Lock, S.LockingColdkeys, S.HotkeyLock, S.DecayingLock])
      expect([...world.state.iterate(item)], item.name).toEqual([]);
  });
});

describe("the owner's cut", () => {
  it("is locked in an epoch where the owner wants it", () => {
    const world = startSubnet({ validators: 2, miners: 1, tempo: 5 });
    world.run(12);
    expect(stored(world, OWNER, OWNER_HOTKEY)).toBeUndefined();
    world.must(subtensor(OWNER, "lock_stake", { hotkey: HOTKEY, netuid: NETUID, amount: 1_000n }));
    const enable = { pallet: "AdminUtils", name: "sudo_set_owner_cut_auto_lock_enabled" };
    world.must({ who: OWNER, call: { ...enable, args: { netuid: NETUID, enabled: true } } });
    world.run(6);
    expect(stored(world, OWNER, HOTKEY)?.locked_mass).toBeGreaterThan(TAO / 100n);
  });
});

describe("conviction", () => {
  it("changes the owner of a subnet that is a year old, once it has reached a tenth of the alpha", () => {
    const world = startSubnet({ validators: 2, miners: 1, tempo: 5, stakes: [100n, 4_000n] });
    world.edit((state) => {
      state.put(S.UnlockRate, [], 1_000_000n);
      state.put(S.MaturityRate, [], 1n);
    });
    world.must(lock(STAKER, held(world)), perpetual(STAKER, true), lock(OWNER, 20n * TAO, OWNER_HOTKEY));
    world.run(20);
    expect(world.state.get(S.SubnetOwner, NETUID)).toBe(account(OWNER));
    world.edit((state) => state.put(S.NetworkRegisteredAt, [NETUID], 0n));
    const year = Number(OWNER_CHANGE_AGE);
    const young = world.executionAt(year - 1);
    blockStep(young);
    expect(young.state.get(S.SubnetOwner, NETUID)).toBe(account(OWNER));
    const old = world.executionAt(year);
    blockStep(old);
    expect(old.state.get(S.SubnetOwner, NETUID)).toBe(account(STAKER));
    expect(old.state.get(S.SubnetOwnerHotkey, NETUID)).toBe(HOTKEY);
    const sum = old.state.get(S.OwnerLock, NETUID) as LockState;
    expect(sum.conviction.bits).toBe(U64F64.fromInt(sum.locked_mass));
    expect(old.state.get(S.HotkeyLock, NETUID, HOTKEY)).toBeUndefined();
    expect(old.state.get(S.DecayingHotkeyLock, NETUID, OWNER_HOTKEY)?.locked_mass).toBeGreaterThan(0n);
  });
});
