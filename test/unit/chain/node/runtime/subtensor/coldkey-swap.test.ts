import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex, hexToBytes } from "@subnetkit/shared/util/bytes";
import { describe, expect, it } from "vitest";
import { stakeOf } from "../../../../../../chain/src/node/runtime/subtensor/state/shares.ts";
import { subtensorModule } from "../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { system } from "../../../../../../chain/src/spec/pallets/system.ts";
import { minerHotkey, NETUID, OWNER, startSubnet, validatorHotkey } from "./scenario.ts";
import { account, fund, type Step, subtensor, sudo, TAO, type World } from "./world.ts";

const S = subtensorModule.storage;
const NEW = "//NewCold";
const hashOf = (uri: string): string => bytesToHex(blake2b256(hexToBytes(account(uri))));
const announce = (uri = NEW): Step => subtensor(OWNER, "announce_coldkey_swap", { new_coldkey_hash: hashOf(uri) });
const carryOut = (uri = NEW): Step => subtensor(OWNER, "swap_coldkey_announced", { new_coldkey: account(uri) });
const dispute = subtensor(OWNER, "dispute_coldkey_swap", {});
const clear = subtensor(OWNER, "clear_coldkey_swap_announcement", {});
const asRoot = (name: string, args: Record<string, unknown>): Step => sudo({ pallet: "SubtensorModule", name, args });
const free = (world: World, uri: string): bigint => world.state.get(system.storage.Account, account(uri)).data.free;

describe("announce_coldkey_swap", () => {
  it("costs 0.1 TAO once and blocks everything but the swap's own calls", () => {
    const world = startSubnet();
    const before = free(world, OWNER);
    world.must(announce());
    expect(before - free(world, OWNER)).toBeGreaterThanOrEqual(100_000_000n);
    expect(world.state.get(S.ColdkeySwapAnnouncements, account(OWNER))).toEqual([world.number + 50, hashOf(NEW)]);
    const transfer = { ...fund("//Sink", TAO), who: OWNER };
    expect(world.block(transfer)).toEqual(["Custom 0"]);
    expect(world.block(clear, announce())).toEqual(["ColdkeySwapClearTooEarly", "ColdkeySwapReannouncedTooEarly"]);
    const batch = { who: OWNER, call: { pallet: "Utility", name: "batch", args: { calls: [transfer.call] } } };
    expect(world.block(batch)).toEqual(["Custom 0"]);
  });

  it("wants its price", () => {
    const world = startSubnet();
    world.must(fund("//Poor", 50_000_000n));
    const step = subtensor("//Poor", "announce_coldkey_swap", { new_coldkey_hash: hashOf(NEW) });
    expect(world.block(step)).toEqual(["NotEnoughBalanceToPaySwapColdKey"]);
  });

  it("can be repeated or cleared after both delays", () => {
    const world = startSubnet();
    world.must(announce());
    world.run(59);
    world.must(announce("//Other"));
    expect(world.state.get(S.ColdkeySwapAnnouncements, account(OWNER))?.[1]).toBe(hashOf("//Other"));
    world.run(59);
    world.must(clear);
    expect(world.events("ColdkeySwapCleared")).toHaveLength(1);
    expect(world.block(clear, { ...fund("//Sink", TAO), who: OWNER })).toEqual([
      "ColdkeySwapAnnouncementNotFound",
      "ok",
    ]);
  });
});

describe("swap_coldkey_announced", () => {
  it("gives subnet, hotkeys, stake and balance to the new coldkey after the delay", () => {
    const world = startSubnet();
    const stake = (uri: string): bigint => stakeOf(world.state, account(validatorHotkey(0)), account(uri), NETUID);
    world.must(announce());
    expect(world.block(carryOut("//Wrong"), carryOut())).toEqual([
      "AnnouncedColdkeyHashDoesNotMatch",
      "ColdkeySwapTooEarly",
    ]);
    world.run(49);
    const staked = stake(OWNER);
    world.must(carryOut());
    expect(world.events("ColdkeySwapped")).toHaveLength(1);
    expect(world.state.get(S.SubnetOwner, NETUID)).toBe(account(NEW));
    expect(world.state.get(S.Owner, account(validatorHotkey(0)))).toBe(account(NEW));
    expect(world.state.get(S.OwnedHotkeys, account(NEW))).toEqual([account(validatorHotkey(0))]);
    expect(world.state.get(S.OwnedHotkeys, account(OWNER))).toEqual([]);
    expect(stake(OWNER)).toBe(0n);
    expect(stake(NEW)).toBeGreaterThanOrEqual(staked);
    expect(free(world, OWNER)).toBe(0n);
    expect(free(world, NEW)).toBeGreaterThan(4_000n * TAO - 3_000n * TAO);
    expect(world.state.has(S.ColdkeySwapAnnouncements, account(OWNER))).toBe(false);
  });

  it("refuses a coldkey with stake and a hotkey, and keeps the announcement", () => {
    const world = startSubnet();
    world.must(announce(minerHotkey(0)));
    world.run(50);
    expect(world.block(carryOut(minerHotkey(0)))).toEqual(["NewColdKeyIsHotkey"]);
    expect(world.state.has(S.ColdkeySwapAnnouncements, account(OWNER))).toBe(true);
    const staked = startSubnet();
    staked.must(announce("//Validator//1"));
    staked.run(50);
    expect(staked.block(carryOut("//Validator//1"))).toEqual(["ColdKeyAlreadyAssociated"]);
  });

  it("needs an announcement", () => {
    expect(startSubnet().block(carryOut(), dispute)).toEqual([
      "ColdkeySwapAnnouncementNotFound",
      "ColdkeySwapAnnouncementNotFound",
    ]);
  });
});

describe("disputes and root", () => {
  it("freeze the coldkey until root resets it", () => {
    const world = startSubnet();
    world.must(announce());
    world.must(dispute);
    expect(world.block(dispute, carryOut())).toEqual(["Custom 21", "Custom 21"]);
    world.must(asRoot("reset_coldkey_swap", { coldkey: account(OWNER) }));
    expect(world.events("ColdkeySwapReset")).toHaveLength(1);
    expect(world.block({ ...fund("//Sink", TAO), who: OWNER })).toEqual(["ok"]);
  });

  it("let root swap at once, for a price the old coldkey pays", () => {
    const world = startSubnet();
    const args = { old_coldkey: account(OWNER), new_coldkey: account(NEW), swap_cost: TAO };
    expect(world.block(subtensor(OWNER, "swap_coldkey", args))).toEqual(["BadOrigin"]);
    world.must(asRoot("swap_coldkey", args));
    expect(world.events("ColdkeySwapped")).toHaveLength(1);
    expect(world.state.get(S.SubnetOwner, NETUID)).toBe(account(NEW));
  });
});

describe("add_stake_burn", () => {
  const buy = (limit: bigint | undefined): Step =>
    subtensor(OWNER, "add_stake_burn", {
      hotkey: account(validatorHotkey(0)),
      netuid: NETUID,
      amount: 10n * TAO,
      limit,
    });

  it("buys and burns: the stake is as before, the outstanding alpha is not", () => {
    const world = startSubnet();
    const stake = (): bigint => stakeOf(world.state, account(validatorHotkey(0)), account(OWNER), NETUID);
    const [held, out] = [stake(), world.state.get(S.SubnetAlphaOut, NETUID)];
    world.must(buy(undefined));
    const told = world.events("AddStakeBurn")[0]?.fields as { amount: bigint; alpha: bigint };
    expect(told.amount).toBe(10n * TAO);
    expect(stake() - held).toBeLessThan(2n);
    expect(world.state.get(S.SubnetAlphaOut, NETUID)).toBeGreaterThanOrEqual(out + told.alpha);
    expect(world.events().map(({ name }) => name)).toEqual(
      expect.arrayContaining(["StakeAdded", "AlphaBurned", "AddStakeBurn"]),
    );
  });

  it("fails as a whole beyond its limit", () => {
    const world = startSubnet();
    expect(world.block(buy(1_000n))).toEqual(["PriceLimitExceeded"]);
    expect(world.events("StakeAdded")).toEqual([]);
  });
});
