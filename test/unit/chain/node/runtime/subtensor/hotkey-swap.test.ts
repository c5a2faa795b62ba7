import { describe, expect, it } from "vitest";
import { hotkeyStake, stakeOf } from "../../../../../../chain/src/node/runtime/subtensor/state/shares.ts";
import { subtensorModule } from "../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { system } from "../../../../../../chain/src/spec/pallets/system.ts";
import {
  minerColdkey,
  minerHotkey,
  NETUID,
  OWNER,
  startSubnet,
  validatorColdkey,
  validatorHotkey,
} from "./scenario.ts";
import { account, admin, fund, type Step, subtensor, TAO, type World } from "./world.ts";

const S = subtensorModule.storage;
const NEW = "//New//hot";
const MINER = minerHotkey(0);
const COLDKEY = minerColdkey(0);

const swap = (args: Record<string, unknown> = {}, who = COLDKEY): Step =>
  subtensor(who, "swap_hotkey_v2", {
    hotkey: account(MINER),
    new_hotkey: account(NEW),
    netuid: undefined,
    keep_stake: false,
    ...args,
  });
const stakeOnMiner: Step = subtensor("//Alice", "add_stake", {
  hotkey: account(MINER),
  netuid: NETUID,
  amount_staked: 10n * TAO,
});
const axon: Step = subtensor(MINER, "serve_axon", {
  netuid: NETUID,
  version: 1,
  ip: 0x01020304n,
  port: 9_000,
  ip_type: 4,
  protocol: 4,
  placeholder1: 0,
  placeholder2: 0,
});

const free = (world: World): bigint => world.state.get(system.storage.Account, account(COLDKEY)).data.free;
/** Rao the coldkey spent in the newest block beside the fee. */
function spent(world: World, before: bigint): bigint {
  const fee = world
    .events("TransactionFeePaid")
    .map(({ fields }) => fields as { who: string; actual_fee: bigint })
    .find(({ who }) => who === account(COLDKEY));
  return before - free(world) - (fee?.actual_fee ?? 0n);
}

function prepared(): World {
  const world = startSubnet();
  world.must(stakeOnMiner, axon);
  return world;
}

describe("swap_hotkey_v2 on all subnets", () => {
  it("moves seat, endpoint, stake of everyone, take and ownership, and recycles 0.1 TAO", () => {
    const world = prepared();
    const uid = world.state.get(S.Uids, NETUID, account(MINER));
    const stake = hotkeyStake(world.state, account(MINER), NETUID);
    const before = free(world);
    world.must(
      subtensor(validatorColdkey(0), "set_coldkey_auto_stake_hotkey", { netuid: NETUID, hotkey: account(MINER) }),
    );
    world.must(swap());
    expect(world.events("HotkeySwapped")).toHaveLength(1);
    const { state } = world;
    expect(state.get(S.Uids, NETUID, account(NEW))).toBe(uid);
    expect(state.get(S.Keys, NETUID, uid as number)).toBe(account(NEW));
    expect(state.has(S.Uids, NETUID, account(MINER))).toBe(false);
    expect(state.has(S.IsNetworkMember, account(MINER), NETUID)).toBe(false);
    expect(state.get(S.Axons, NETUID, account(NEW))?.port).toBe(9_000);
    expect(state.has(S.Owner, account(MINER))).toBe(false);
    expect(state.get(S.OwnedHotkeys, account(COLDKEY))).toEqual([account(NEW)]);
    expect(hotkeyStake(state, account(MINER), NETUID)).toBe(0n);
    expect(hotkeyStake(state, account(NEW), NETUID)).toBe(stake);
    expect(stakeOf(state, account(NEW), account("//Alice"), NETUID)).toBe(stake);
    expect(state.get(S.StakingHotkeys, account("//Alice"))).toEqual([account(NEW)]);
    expect(state.get(S.AutoStakeDestination, account(OWNER), NETUID)).toBe(account(NEW));
    expect(spent(world, before)).toBe(100_000_000n);
  });

  it("keeps the stake where it is when told so", () => {
    const world = prepared();
    const stake = hotkeyStake(world.state, account(MINER), NETUID);
    world.must(swap({ keep_stake: true }));
    expect(hotkeyStake(world.state, account(MINER), NETUID)).toBe(stake);
    expect(hotkeyStake(world.state, account(NEW), NETUID)).toBe(0n);
    expect(world.state.get(S.Uids, NETUID, account(NEW))).toBeDefined();
  });

  it("renames children and parents on both sides", () => {
    const world = prepared();
    const children = (uri: string) => world.state.get(S.ChildKeys, account(uri), NETUID).map(([, child]) => child);
    world.must(
      subtensor(OWNER, "set_children", {
        hotkey: account(validatorHotkey(0)),
        netuid: NETUID,
        children: [[1n << 63n, account(MINER)]],
      }),
    );
    world.run(40);
    expect(children(validatorHotkey(0))).toEqual([account(MINER)]);
    world.must(swap());
    expect(children(validatorHotkey(0))).toEqual([account(NEW)]);
    expect(world.state.get(S.ParentKeys, account(NEW), NETUID)).toEqual([[1n << 63n, account(validatorHotkey(0))]]);
    expect(world.state.get(S.ParentKeys, account(MINER), NETUID)).toEqual([]);
  });

  it("goes on mining: the next epoch pays the new hotkey's uid", () => {
    const world = prepared();
    world.must(swap());
    world.run(45);
    expect(world.state.get(S.LastMechansimStepBlock, NETUID)).toBeGreaterThan(0n);
  });
});

describe("swap_hotkey on one subnet", () => {
  it("moves the seat, keeps the old hotkey's owner and costs 0.001 TAO", () => {
    const world = prepared();
    const step = subtensor(COLDKEY, "swap_hotkey", {
      hotkey: account(MINER),
      new_hotkey: account(NEW),
      netuid: NETUID,
    });
    const before = free(world);
    world.must(step);
    expect(world.events("HotkeySwappedOnSubnet")).toHaveLength(1);
    expect(spent(world, before)).toBe(1_000_000n);
    expect(world.state.get(S.Owner, account(MINER))).toBe(account(COLDKEY));
    expect(world.state.get(S.OwnedHotkeys, account(COLDKEY))).toEqual([account(MINER), account(NEW)]);
    expect(world.state.get(S.LastHotkeySwapOnNetuid, NETUID, account(COLDKEY))).toBe(BigInt(world.number));
  });

  it("is forgotten once it bars no other swap", () => {
    const world = prepared();
    world.must(swap({ netuid: NETUID }));
    world.block();
    expect(world.state.has(S.LastHotkeySwapOnNetuid, NETUID, account(COLDKEY))).toBe(true);
    world.block();
    expect(world.state.has(S.LastHotkeySwapOnNetuid, NETUID, account(COLDKEY))).toBe(false);
  });

  it("moves the subnet's owner hotkey with its swap", () => {
    const world = startSubnet();
    world.must(swap({ hotkey: account(validatorHotkey(0)), netuid: NETUID }, OWNER));
    expect(world.state.get(S.SubnetOwnerHotkey, NETUID)).toBe(account(NEW));
  });
});

describe("refusals, in order", () => {
  it("names them as the chain does", () => {
    const world = startSubnet();
    world.must(fund("//Stranger", TAO));
    expect(world.block(swap({}, "//Stranger"))).toEqual(["NonAssociatedColdKey"]);
    expect(world.block(swap({ new_hotkey: account(minerHotkey(1)) }))).toEqual(["NonAssociatedColdKey"]);
    expect(world.block(swap({ new_hotkey: account(MINER) }))).toEqual(["NewHotKeyIsSameWithOld"]);
    world.must(subtensor(COLDKEY, "burned_register", { netuid: NETUID, hotkey: account("//Second") }));
    expect(world.block(swap({ new_hotkey: account("//Second") }))).toEqual(["HotKeyAlreadyRegisteredInSubNet"]);
    expect(world.block(swap({ new_hotkey: account("//Second"), netuid: NETUID }))).toEqual([
      "HotKeyAlreadyRegisteredInSubNet",
    ]);
  });

  it("limits a coldkey to one swap in TxRateLimit blocks", () => {
    const world = startSubnet();
    world.must(swap());
    const back = swap({ hotkey: account(NEW), new_hotkey: account("//Third") });
    expect(world.block(back)).toEqual(["HotKeySetTxRateLimitExceeded"]);
    world.must(admin("sudo_set_tx_rate_limit", { tx_rate_limit: 3n }));
    world.run(2);
    expect(world.block(back)).toEqual(["ok"]);
  });

  it("wants a new hotkey without root stake where root is concerned", () => {
    const world = startSubnet();
    world.must(
      subtensor(COLDKEY, "try_associate_hotkey", { hotkey: account(NEW) }),
      admin("sudo_set_subtoken_enabled", { netuid: 0, subtoken_enabled: true }),
    );
    world.must(subtensor("//Alice", "add_stake", { hotkey: account(NEW), netuid: 0, amount_staked: TAO }));
    expect(world.block(swap(), swap({ netuid: 0 }))).toEqual([
      "NewHotKeyNotCleanForRootSwap",
      "NewHotKeyNotCleanForRootSwap",
    ]);
    expect(world.block(swap({ netuid: NETUID }))).toEqual(["ok"]);
  });

  it("wants the cost", () => {
    const world = startSubnet();
    const rest = {
      who: COLDKEY,
      call: {
        pallet: "Balances",
        name: "transfer_all",
        args: { dest: { type: "Id", value: account("//Sink") }, keep_alive: true },
      },
    };
    world.must(rest);
    world.must(fund(COLDKEY, 50_000_000n));
    expect(world.block(swap())).toEqual(["NotEnoughBalanceToPaySwapHotKey"]);
    expect(world.block(swap({ netuid: NETUID }))).toEqual(["ok"]);
  });
});
