import { describe, expect, it } from "vitest";
import { stakeOf } from "../../../../../../../chain/src/node/runtime/subtensor/state/shares.ts";
import { EXISTENTIAL_DEPOSIT } from "../../../../../../../chain/src/spec/pallets/balances.ts";
import { subtensorModule } from "../../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { system } from "../../../../../../../chain/src/spec/pallets/system.ts";
import { minerHotkey, NETUID, startSubnet, validatorHotkey } from "../scenario.ts";
import { account, admin, fund, subtensor, TAO } from "../world.ts";

const S = subtensorModule.storage;
const HOTKEY = account(validatorHotkey(0));
const STAKER = "//Staker";
const limited = (extra: Record<string, unknown>) =>
  subtensor(STAKER, "add_stake_limit", {
    hotkey: HOTKEY,
    netuid: NETUID,
    amount_staked: 900n * TAO,
    limit_price: 4_400_000_000n,
    allow_partial: false,
    ...extra,
  });

describe("staking", () => {
  it("leaves the payer its existential deposit, and so its nonce", () => {
    const world = startSubnet();
    world.must(fund(STAKER, 10n * TAO));
    world.must(subtensor(STAKER, "add_stake", { hotkey: HOTKEY, netuid: NETUID, amount_staked: TAO }));
    const free = world.state.get(system.storage.Account, account(STAKER)).data.free;
    const [fee] = world.events("TransactionFeePaid").map(({ fields }) => (fields as { actual_fee: bigint }).actual_fee);
    world.must(subtensor(STAKER, "add_stake", { hotkey: HOTKEY, netuid: NETUID, amount_staked: free - (fee ?? 0n) }));
    const { nonce, data } = world.state.get(system.storage.Account, account(STAKER));
    expect(data.free).toBe(EXISTENTIAL_DEPOSIT);
    expect(nonce).toBe(2);
    const [added] = world.events("StakeAdded");
    expect(((added?.fields ?? []) as unknown[]).slice(0, 3)).toEqual([
      account(STAKER),
      HOTKEY,
      free - (fee ?? 0n) - 500n,
    ]);
  });

  it("with a limit checks the price first, the amount before the slippage, the slippage before the balance", () => {
    const world = startSubnet();
    world.must(fund(STAKER, 10n * TAO));
    expect(world.block(limited({ limit_price: 1n, amount_staked: 1n }))).toEqual(["PriceLimitExceeded"]);
    expect(world.block(limited({ amount_staked: 1n }))).toEqual(["AmountTooLow"]);
    expect(world.block(limited({ hotkey: account("//Nobody") }))).toEqual(["SlippageTooHigh"]);
    expect(world.block(limited({ allow_partial: true }))).toEqual(["NotEnoughBalanceToStake"]);
  });

  it("with a limit on a pool that trades one to one works at its price alone", () => {
    const world = startSubnet();
    world.must(fund(STAKER, 10n * TAO), admin("sudo_set_subtoken_enabled", { netuid: 0, subtoken_enabled: true }));
    const onRoot = { netuid: 0, amount_staked: TAO };
    expect(world.block(limited({ ...onRoot, limit_price: 999_999_999n }))).toEqual(["PriceLimitExceeded"]);
    expect(world.block(limited({ ...onRoot, limit_price: 1_000_000_000n }))).toEqual(["ok"]);
    const remove = { hotkey: HOTKEY, netuid: 0, amount_unstaked: TAO, allow_partial: true };
    const unstake = (limit_price: bigint) => subtensor(STAKER, "remove_stake_limit", { ...remove, limit_price });
    expect(world.block(unstake(1_000_000_001n))).toEqual(["PriceLimitExceeded"]);
    expect(world.block(unstake(1_000_000_000n))).toEqual(["ok"]);
  });

  it("of somebody else's makes the hotkey a delegate at the default take, whatever the maximum is", () => {
    const world = startSubnet();
    world.must(fund(STAKER, 10n * TAO), admin("sudo_set_default_take", { default_take: 100 }));
    world.must(limited({ hotkey: account(minerHotkey(0)), amount_staked: TAO, allow_partial: true }));
    expect(world.state.get(S.Delegates, account(minerHotkey(0)))).toBe(11_796);
  });

  it("within a subnet refuses to move less than the smallest stake", () => {
    const world = startSubnet();
    const move = (alpha_amount: bigint) =>
      subtensor("//Subnet//owner", "move_stake", {
        origin_hotkey: HOTKEY,
        destination_hotkey: account(minerHotkey(0)),
        origin_netuid: NETUID,
        destination_netuid: NETUID,
        alpha_amount,
      });
    expect(world.block(move(1_000n))).toEqual(["AmountTooLow"]);
    expect(world.block(move(TAO))).toEqual(["ok"]);
  });
});

describe("a nomination below the minimum", () => {
  const minimum = (min_stake: bigint) => admin("sudo_set_nominator_min_required_stake", { min_stake });

  it("is cleared when the minimum is raised; the owner's own stake is not", () => {
    const world = startSubnet();
    world.must(fund(STAKER, 10n * TAO));
    world.must(subtensor(STAKER, "add_stake", { hotkey: HOTKEY, netuid: NETUID, amount_staked: TAO }));
    world.must(minimum(1_000_000n));
    expect(stakeOf(world.state, HOTKEY, account(STAKER), NETUID)).toBeGreaterThan(0n);
    // 2 TAO: a thousand times the smallest stake.
    world.must(minimum(1_000_000_000n));
    expect(stakeOf(world.state, HOTKEY, account(STAKER), NETUID)).toBe(0n);
    expect(stakeOf(world.state, HOTKEY, account("//Subnet//owner"), NETUID)).toBeGreaterThan(0n);
  });

  it("is cleared with the removal that makes it one", () => {
    const world = startSubnet();
    world.must(fund(STAKER, 10n * TAO), minimum(250_000_000n));
    world.must(subtensor(STAKER, "add_stake", { hotkey: HOTKEY, netuid: NETUID, amount_staked: TAO }));
    const held = stakeOf(world.state, HOTKEY, account(STAKER), NETUID);
    world.must(
      subtensor(STAKER, "remove_stake", { hotkey: HOTKEY, netuid: NETUID, amount_unstaked: (held * 9n) / 10n }),
    );
    expect(stakeOf(world.state, HOTKEY, account(STAKER), NETUID)).toBe(0n);
    expect(world.events("StakeRemoved")).toHaveLength(2);
  });
});

describe("registering", () => {
  it("on a subnet counts toward no interval: nothing would ever clear it", () => {
    const world = startSubnet();
    expect(world.state.get(S.RegistrationsThisInterval, NETUID)).toBe(0);
  });

  it("a network names it before its parents", () => {
    const world = startSubnet();
    world.must(fund(STAKER, 5_000n * TAO));
    world.must(subtensor(STAKER, "root_register", { hotkey: account("//Staker//root") }));
    const bytes = new Uint8Array(3);
    world.must(
      subtensor(STAKER, "register_network_with_identity", {
        hotkey: account("//Staker//hot"),
        identity: {
          subnet_name: bytes,
          github_repo: bytes,
          subnet_contact: bytes,
          subnet_url: bytes,
          discord: bytes,
          description: bytes,
          logo_url: bytes,
          additional: bytes,
        },
      }),
    );
    const order = ["SubnetOwnerHotkeySet", "SubnetIdentitySet", "SetChildren", "NetworkAdded"];
    expect(
      world
        .events()
        .map(({ name }) => name)
        .filter((name) => order.includes(name)),
    ).toEqual(order);
  });
});

describe("children", () => {
  it("are checked for repeats, oneself, number, then proportions", () => {
    const world = startSubnet();
    const set = (children: [bigint, string][]) =>
      world.block(subtensor("//Subnet//owner", "set_children", { hotkey: HOTKEY, netuid: NETUID, children }));
    const others = Array.from({ length: 6 }, (_, i): [bigint, string] => [1n << 63n, account(`//Child//${i}`)]);
    expect(set([...others, others[0] as [bigint, string], [1n, HOTKEY]])).toEqual(["DuplicateChild"]);
    expect(set([...others, [1n, HOTKEY]])).toEqual(["InvalidChild"]);
    expect(set(others)).toEqual(["TooManyChildren"]);
    expect(set(others.slice(0, 3))).toEqual(["ProportionOverflow"]);
  });
});
