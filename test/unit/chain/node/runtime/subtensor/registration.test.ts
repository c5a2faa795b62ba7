import { describe, expect, it } from "vitest";
import { freeBalance } from "../../../../../../chain/src/node/runtime/balances/currency.ts";
import { subtensorModule } from "../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { minerColdkey, minerHotkey, NETUID, OWNER, startSubnet, validatorHotkey } from "./scenario.ts";
import { account, admin, fund, subtensor, TAO, World } from "./world.ts";

const S = subtensorModule.storage;
const register = (who: string, hotkey: string, netuid = NETUID) =>
  subtensor(who, "burned_register", { netuid, hotkey: account(hotkey) });

describe("genesis", () => {
  it("has root and an ownerless netuid 1 whose TAO is backed by its account", () => {
    const { state } = new World();
    expect(state.get(S.TotalNetworks)).toBe(2);
    expect([state.get(S.NetworksAdded, 0), state.get(S.NetworksAdded, 1), state.get(S.NetworksAdded, 2)]).toEqual([
      true,
      true,
      false,
    ]);
    expect([state.get(S.Tempo, 0), state.get(S.Tempo, 1), state.get(S.Tempo, 2)]).toEqual([100, 100, 10]);
    expect(state.get(S.SubnetworkN, 1)).toBe(1);
    expect(state.get(S.SubtokenEnabled, 1)).toBe(false);
    expect(freeBalance(state, `0x6d6f646c73756274656e73720100${"00".repeat(18)}`)).toBe(10n * TAO);
  });

  it("runs blocks without a fault and without emission before anyone starts", () => {
    const world = new World();
    const before = world.state.get(S.TotalIssuance);
    world.run(120);
    expect(world.state.get(S.TotalIssuance)).toBe(before);
    expect(world.state.get(S.SubnetEpochIndex, 1)).toBe(1n);
    expect(world.state.get(S.SubnetEpochIndex, 0)).toBe(0n);
  });
});

describe("networks", () => {
  it("start with fresh values, the owner's hotkey as uid 0 and the lock as pool", () => {
    const world = startSubnet({ miners: 0, validators: 1, stakes: [0n + 1n] });
    const { state } = world;
    expect(state.get(S.SubnetOwner, NETUID)).toBe(account(OWNER));
    expect(state.get(S.Keys, NETUID, 0)).toBe(account(validatorHotkey(0)));
    expect([
      state.get(S.MaxAllowedValidators, NETUID),
      state.get(S.MinAllowedWeights, NETUID),
      state.get(S.ImmunityPeriod, NETUID),
    ]).toEqual([64, 1, 5000]);
    expect([
      state.get(S.Yuma3On, NETUID),
      state.get(S.SubnetMechanism, NETUID),
      state.get(S.CommitRevealWeightsEnabled, NETUID),
    ]).toEqual([true, 1, true]);
    expect(Buffer.from(state.get(S.TokenSymbol, NETUID)).toString()).toBe("β");
    expect(state.get(S.SubnetLocked, NETUID)).toBe(1_000n * TAO);
  });

  it("cost twice as much after one was registered, falling back linearly", () => {
    const world = startSubnet({ miners: 0, validators: 1, stakes: [1n] });
    const at = world.state.get(S.LastRateLimitedBlock, { type: "NetworkLastRegistered" });
    const elapsed = BigInt(world.number) - at;
    const perBlock = (1_000n * TAO) / 100_800n;
    expect(world.api("SubnetRegistrationRuntimeApi_get_network_registration_cost", {})).toBe(
      2_000n * TAO - perBlock * elapsed,
    );
  });

  it("are refused to who cannot pay, with another's hotkey, or with too long an identity", () => {
    const world = startSubnet({ miners: 0, validators: 1, stakes: [1n] });
    world.must(fund("//Poor", 10n * TAO));
    expect(world.block(subtensor("//Poor", "register_network", { hotkey: account("//Poor//hot") }))).toEqual([
      "CannotAffordLockCost",
    ]);
    expect(world.block(subtensor("//Bob", "register_network", { hotkey: account(validatorHotkey(0)) }))).toEqual([
      "NonAssociatedColdKey",
    ]);
    const empty = new Uint8Array();
    const identity = {
      subnet_name: new Uint8Array(257),
      github_repo: empty,
      subnet_contact: empty,
      subnet_url: empty,
      discord: empty,
      description: empty,
      logo_url: empty,
      additional: empty,
    };
    expect(
      world.block(subtensor("//Bob", "register_network_with_identity", { hotkey: account("//Bob//hot"), identity })),
    ).toEqual(["InvalidIdentity"]);
  });

  it("start once, by their owner only", () => {
    const world = startSubnet({ miners: 0, validators: 1, stakes: [1n] });
    expect(world.block(subtensor("//Bob", "start_call", { netuid: NETUID }))).toEqual(["BadOrigin"]);
    expect(world.block(subtensor("//Bob", "start_call", { netuid: 77 }))).toEqual(["SubnetNotExists"]);
    expect(world.block(subtensor(OWNER, "start_call", { netuid: NETUID }))).toEqual([
      "FirstEmissionBlockNumberAlreadySet",
    ]);
  });

  it("give root validators as parents to the owner's hotkey", () => {
    const world = new World();
    world.must(subtensor("//Bob", "root_register", { hotkey: account("//Bob//hot") }));
    world.must(subtensor("//Charlie", "register_network", { hotkey: account("//Charlie//hot") }));
    expect(world.state.get(S.ParentKeys, account("//Charlie//hot"), NETUID)).toEqual([
      [0xffff_ffff_ffff_ffffn, account("//Bob//hot")],
    ]);
  });

  it("are dissolved by root: stakers get the pool, nothing stays", () => {
    const world = startSubnet({ miners: 1 });
    world.run(45);
    const before = freeBalance(world.state, account(OWNER));
    expect(world.block(subtensor("//Bob", "dissolve_network", { coldkey: account("//Bob"), netuid: NETUID }))).toEqual([
      "BadOrigin",
    ]);
    world.must(sudoDissolve());
    expect(freeBalance(world.state, account(OWNER))).toBeGreaterThan(before);
    expect(world.state.get(S.NetworksAdded, NETUID)).toBe(false);
    expect([...world.state.iterate(S.Keys, NETUID)]).toEqual([]);
    expect([...world.state.iterate(S.AlphaV2)].filter(({ keys }) => keys[2] === NETUID)).toEqual([]);
    world.run(5);
  });
});

const sudoDissolve = () => ({
  who: "//Alice",
  call: {
    pallet: "Sudo",
    name: "sudo",
    args: { call: { pallet: "SubtensorModule", name: "root_dissolve_network", args: { netuid: NETUID } } },
  },
});

describe("registration", () => {
  it("costs the burn, raises it by 26 percent, and is refused in the chain's order", () => {
    const world = startSubnet({ miners: 0 });
    expect(world.block(register("//Bob", "//Bob//hot", 0))).toEqual(["RegistrationNotPermittedOnRootSubnet"]);
    expect(world.block(register("//Bob", "//Bob//hot", 9))).toEqual(["SubnetNotExists"]);
    expect(world.block(register("//Bob", validatorHotkey(0)))).toEqual(["HotKeyAlreadyRegisteredInSubNet"]);
    const before = { burn: world.state.get(S.Burn, NETUID), free: freeBalance(world.state, account("//Bob")) };
    world.must(register("//Bob", "//Bob//hot"));
    const decayed = (before.burn * 4_286_705_684n) >> 32n;
    expect(world.state.get(S.Burn, NETUID)).toBe((decayed * 126n) / 100n);
    expect(before.free - freeBalance(world.state, account("//Bob"))).toBeGreaterThanOrEqual(decayed);
    expect(world.events("NeuronRegistered")[0]?.fields).toEqual([NETUID, 2, account("//Bob//hot")]);
    expect(world.state.get(S.LastUpdate, NETUID)[2]).toBe(BigInt(world.number));
    world.must(admin("sudo_set_network_registration_allowed", { netuid: NETUID, registration_allowed: false }));
    expect(world.block(register("//Bob", "//Bob//other"))).toEqual(["SubNetRegistrationDisabled"]);
  });

  it("halves its price in one half-life, down to the minimum", () => {
    const world = startSubnet({ miners: 0, validators: 1, stakes: [1n] });
    const before = world.state.get(S.Burn, NETUID);
    world.run(360);
    const half = world.state.get(S.Burn, NETUID);
    expect(half).toBeLessThanOrEqual(before / 2n);
    expect(half).toBeGreaterThan(before / 2n - 400n);
  });

  it("respects a price limit", () => {
    const world = startSubnet({ miners: 0 });
    const limited = (limit_price: bigint) =>
      subtensor("//Bob", "register_limit", { netuid: NETUID, hotkey: account("//Bob//hot"), limit_price });
    expect(world.block(limited(1n))).toEqual(["RegistrationPriceLimitExceeded"]);
    expect(world.block(limited(10n * TAO))).toEqual(["ok"]);
  });

  it("replaces the uid with least emission on a full subnet and clears its traces", () => {
    const world = startSubnet({ miners: 3 });
    world.must(
      admin("sudo_set_min_allowed_uids", { netuid: NETUID, min_allowed_uids: 1 }),
      admin("sudo_set_max_allowed_uids", { netuid: NETUID, max_allowed_uids: 5 }),
      admin("sudo_set_min_non_immune_uids", { netuid: NETUID, min: 0 }),
      admin("sudo_set_immunity_period", { netuid: NETUID, immunity_period: 0 }),
    );
    // Two epochs: validator 1 has its permit from the first and emission from the second.
    world.run(45);
    world.must(
      subtensor(minerHotkey(0), "serve_axon", {
        netuid: NETUID,
        version: 1,
        ip: 1n,
        port: 1,
        ip_type: 4,
        protocol: 4,
        placeholder1: 0,
        placeholder2: 0,
      }),
    );
    world.must(register("//Bob", "//Bob//hot"));
    expect(world.state.get(S.Keys, NETUID, 2)).toBe(account("//Bob//hot"));
    expect(world.state.get(S.Uids, NETUID, account(minerHotkey(0)))).toBeUndefined();
    expect(world.state.get(S.Axons, NETUID, account(minerHotkey(0)))).toBeUndefined();
    expect(world.state.get(S.BlockAtRegistration, NETUID, 2)).toBe(BigInt(world.number));
    expect(world.state.get(S.SubnetworkN, NETUID)).toBe(5);
    expect(minerColdkey(0)).toBe("//Miner//0");
  });

  it("on root is free, one per block, three per interval while the chain is young", () => {
    const world = new World();
    const root = (i: number) => subtensor("//Bob", "root_register", { hotkey: account(`//Root//${i}`) });
    expect(world.block(root(0), root(1))).toEqual(["ok", "TooManyRegistrationsThisBlock"]);
    expect(world.block(root(1))).toEqual(["ok"]);
    expect(world.block(root(2))).toEqual(["ok"]);
    expect(world.block(root(3))).toEqual(["TooManyRegistrationsThisInterval"]);
    expect(world.block(root(0))).toEqual(["TooManyRegistrationsThisInterval"]);
    world.runTo(101);
    expect(world.block(root(3))).toEqual(["ok"]);
    expect(world.state.get(S.Delegates, account("//Root//3"))).toBe(11_796);
  });
});
