import { describe, expect, it } from "vitest";
import { freeBalance } from "../../../../../../chain/src/node/runtime/balances/currency.ts";
import { stakeOf } from "../../../../../../chain/src/node/runtime/subtensor/state/shares.ts";
import { subtensorModule } from "../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { minerHotkey, NETUID, OWNER, startSubnet, validatorColdkey, validatorHotkey } from "./scenario.ts";
import { account, admin, subtensor, TAO, type World } from "./world.ts";

const S = subtensorModule.storage;
const HOTKEY = account(validatorHotkey(0));
const add = (who: string, amount_staked: bigint, change = {}) =>
  subtensor(who, "add_stake", { hotkey: HOTKEY, netuid: NETUID, amount_staked, ...change });
const remove = (who: string, amount_unstaked: bigint) =>
  subtensor(who, "remove_stake", { hotkey: HOTKEY, netuid: NETUID, amount_unstaked });
const staked = (world: World, who: string, hotkey = HOTKEY, netuid = NETUID) =>
  stakeOf(world.state, hotkey, account(who), netuid);

describe("add_stake", () => {
  it("is refused in the chain's order", () => {
    const world = startSubnet({ miners: 1 });
    expect(world.block(add("//Bob", TAO, { netuid: 9 }))).toEqual(["SubnetNotExists"]);
    expect(world.block(add("//Bob", TAO, { netuid: 1 }))).toEqual(["SubtokenDisabled"]);
    expect(world.block(add("//Bob", 2_000_000n))).toEqual(["AmountTooLow"]);
    expect(world.block(add("//Bob", 900_000_000n * TAO))).toEqual(["InsufficientLiquidity"]);
    expect(world.block(add("//Dave", 500_000n * TAO))).toEqual(["NotEnoughBalanceToStake"]);
    expect(world.block(add("//Bob", TAO, { hotkey: account("//Nobody") }))).toEqual(["HotKeyAccountNotExists"]);
  });

  it("moves TAO to the pool, gives alpha, pays the fee to the author and says so", () => {
    const world = startSubnet({ miners: 1 });
    const author = freeBalance(world.state, account("//One"));
    const before = world.state.get(S.SubnetTAO, NETUID);
    world.must(add("//Bob", 100n * TAO));
    const event = world.events("StakeAdded")[0]?.fields as [string, string, bigint, bigint, number, bigint];
    expect(event.slice(0, 3)).toEqual([account("//Bob"), HOTKEY, 100n * TAO]);
    expect(event[5]).toBe((100n * TAO * 33n) / 65_535n);
    expect(staked(world, "//Bob")).toBe(event[3]);
    expect(world.state.get(S.SubnetTAO, NETUID) - before).toBeGreaterThanOrEqual(100n * TAO - event[5]);
    expect(freeBalance(world.state, account("//One")) - author).toBeGreaterThanOrEqual(event[5]);
    expect(world.state.get(S.StakingHotkeys, account("//Bob"))).toEqual([HOTKEY]);
  });

  it("with a limit fills what the price allows, or nothing", () => {
    const world = startSubnet({ miners: 1 });
    const price = world.api<bigint>("SwapRuntimeApi_current_alpha_price", { netuid: NETUID });
    const limited = (limit_price: bigint, allow_partial: boolean) =>
      subtensor("//Bob", "add_stake_limit", {
        hotkey: HOTKEY,
        netuid: NETUID,
        amount_staked: 1_000n * TAO,
        limit_price,
        allow_partial,
      });
    expect(world.block(limited(price / 2n, false))).toEqual(["PriceLimitExceeded"]);
    expect(world.block(limited((price * 11n) / 10n, false))).toEqual(["SlippageTooHigh"]);
    const before = freeBalance(world.state, account("//Bob"));
    expect(world.block(limited((price * 11n) / 10n, true))).toEqual(["ok"]);
    expect(before - freeBalance(world.state, account("//Bob"))).toBeLessThan(500n * TAO);
    const after = world.api<bigint>("SwapRuntimeApi_current_alpha_price", { netuid: NETUID });
    expect(after).toBeLessThanOrEqual((price * 11n) / 10n + 1n);
    expect(after).toBeGreaterThan((price * 109n) / 100n);
  });
});

describe("remove_stake", () => {
  it("gives the TAO back less fees and slippage, clamped to what is there", () => {
    const world = startSubnet({ miners: 1 });
    world.must(add("//Bob", 100n * TAO));
    const before = freeBalance(world.state, account("//Bob"));
    world.must(remove("//Bob", 10_000n * TAO));
    const gained = freeBalance(world.state, account("//Bob")) - before;
    expect(staked(world, "//Bob")).toBe(0n);
    expect(gained).toBeGreaterThan(99n * TAO);
    expect(gained).toBeLessThan(100n * TAO);
    expect(world.block(remove("//Bob", TAO))).toEqual(["AmountTooLow"]);
  });

  it("respects a limit, and unstakes everything everywhere on request", () => {
    const world = startSubnet({ miners: 1 });
    world.must(add("//Bob", 100n * TAO));
    const price = world.api<bigint>("SwapRuntimeApi_current_alpha_price", { netuid: NETUID });
    const limited = subtensor("//Bob", "remove_stake_limit", {
      hotkey: HOTKEY,
      netuid: NETUID,
      amount_unstaked: 90n * TAO,
      limit_price: (price * 99n) / 100n,
      allow_partial: false,
    });
    expect(world.block(limited)).toEqual(["SlippageTooHigh"]);
    expect(world.block(subtensor("//Bob", "unstake_all", { hotkey: HOTKEY }))).toEqual(["ok"]);
    expect(staked(world, "//Bob")).toBe(0n);
  });
});

describe("moves", () => {
  it("within a subnet change hands without a swap", () => {
    const world = startSubnet({ miners: 1 });
    world.must(add("//Bob", 100n * TAO));
    const held = staked(world, "//Bob");
    const other = account(validatorHotkey(1));
    const move = (destination_hotkey: string) =>
      subtensor("//Bob", "move_stake", {
        origin_hotkey: HOTKEY,
        destination_hotkey,
        origin_netuid: NETUID,
        destination_netuid: NETUID,
        alpha_amount: held,
      });
    expect(world.block(move(HOTKEY))).toEqual(["SameNetuid"]);
    expect(world.block(move(other))).toEqual(["ok"]);
    expect(staked(world, "//Bob", other)).toBeGreaterThanOrEqual(held - 2n);
    expect(world.events().map((event) => event.name)).toEqual(
      expect.arrayContaining(["StakeRemoved", "StakeAdded", "StakeMoved"]),
    );
  });

  it("to another coldkey need the subnet's toggle", () => {
    const world = startSubnet({ miners: 1 });
    world.must(add("//Bob", 100n * TAO));
    const send = subtensor("//Bob", "transfer_stake", {
      destination_coldkey: account("//Eve"),
      hotkey: HOTKEY,
      origin_netuid: NETUID,
      destination_netuid: NETUID,
      alpha_amount: 10n * TAO,
    });
    world.must(admin("sudo_set_toggle_transfer", { netuid: NETUID, toggle: false }));
    expect(world.block(send)).toEqual(["TransferDisallowed"]);
    world.must(admin("sudo_set_toggle_transfer", { netuid: NETUID, toggle: true }));
    expect(world.block(send)).toEqual(["ok"]);
    expect(staked(world, "//Eve")).toBeGreaterThan(9n * TAO);
  });

  it("between subnets go through TAO", () => {
    const world = startSubnet({ miners: 1 });
    world.must(admin("sudo_set_subtoken_enabled", { netuid: 0, subtoken_enabled: true }), add("//Bob", 100n * TAO));
    const swap = subtensor("//Bob", "swap_stake", {
      hotkey: HOTKEY,
      origin_netuid: NETUID,
      destination_netuid: 0,
      alpha_amount: 50n * TAO,
    });
    expect(world.block(swap)).toEqual(["ok"]);
    const root = staked(world, "//Bob", HOTKEY, 0);
    expect(root).toBeGreaterThan(40n * TAO);
    expect(world.events("StakeSwapped")[0]?.fields).toEqual([account("//Bob"), HOTKEY, NETUID, 0, root]);
  });
});

describe("children and takes", () => {
  it("are set at once before a subnet starts, and at an epoch after the cooldown once it has", () => {
    const world = startSubnet({ miners: 1 });
    const child = account(validatorHotkey(1));
    const set = (children: [bigint, string][]) =>
      subtensor(OWNER, "set_children", { hotkey: HOTKEY, netuid: NETUID, children });
    expect(world.block(set([[1n, HOTKEY]]))).toEqual(["InvalidChild"]);
    expect(
      world.block(
        set([
          [1n, child],
          [1n, child],
        ]),
      ),
    ).toEqual(["DuplicateChild"]);
    expect(
      world.block(
        set([
          [0xffff_ffff_ffff_ffffn, child],
          [1n, account(minerHotkey(0))],
        ]),
      ),
    ).toEqual(["ProportionOverflow"]);
    world.must(set([[1n << 63n, child]]));
    expect(world.events("SetChildrenScheduled")).toHaveLength(1);
    expect(world.state.get(S.ChildKeys, HOTKEY, NETUID)).toEqual([]);
    world.run(40);
    expect(world.state.get(S.ChildKeys, HOTKEY, NETUID)).toEqual([[1n << 63n, child]]);
    expect(world.state.get(S.ParentKeys, child, NETUID)).toEqual([[1n << 63n, HOTKEY]]);
    expect(world.block(set([]))).toEqual(["TxRateLimitExceeded"]);
  });

  it("that wait are dropped when one of them has become a parent, and not waited for before a subnet starts", () => {
    const world = startSubnet({ miners: 1, tempo: 5 });
    const child = account(validatorHotkey(1));
    const miner = account(minerHotkey(0));
    const pending = (ready: number): void =>
      world.edit((state) => {
        state.put(
          S.PendingChildKeys,
          [NETUID, HOTKEY],
          [
            [
              [2n, miner],
              [1n, child],
            ],
            BigInt(ready),
          ],
        );
      });
    world.edit((state) => {
      state.put(S.ParentKeys, [HOTKEY, NETUID], [[1n, child]]);
      state.put(S.ChildKeys, [child, NETUID], [[1n, HOTKEY]]);
    });
    pending(0);
    world.run(10);
    expect(world.state.has(S.PendingChildKeys, NETUID, HOTKEY)).toBe(false);
    expect(world.state.get(S.ChildKeys, HOTKEY, NETUID)).toEqual([]);
    world.edit((state) => {
      state.kill(S.ParentKeys, HOTKEY, NETUID);
      state.kill(S.ChildKeys, child, NETUID);
      state.put(S.SubtokenEnabled, [NETUID], false);
    });
    pending(1_000_000);
    world.run(10);
    // In the order of the accounts.
    const sorted: [bigint, string][] =
      miner < child
        ? [
            [2n, miner],
            [1n, child],
          ]
        : [
            [1n, child],
            [2n, miner],
          ];
    expect(world.state.get(S.ChildKeys, HOTKEY, NETUID)).toEqual(sorted);
    expect(world.state.get(S.ParentKeys, miner, NETUID)).toEqual([[2n, HOTKEY]]);
  });

  it("and an automatic destination takes the incentive of a coldkey's miner", () => {
    const world = startSubnet({ miners: 1 });
    const set = subtensor("//Miner//0", "set_coldkey_auto_stake_hotkey", { netuid: NETUID, hotkey: HOTKEY });
    world.must(set);
    expect(world.block(set)).toEqual(["SameAutoStakeHotkeyAlreadySet"]);
    expect(world.state.get(S.AutoStakeDestination, account("//Miner//0"), NETUID)).toBe(HOTKEY);
    expect(validatorColdkey(0)).toBe(OWNER);
  });
});
