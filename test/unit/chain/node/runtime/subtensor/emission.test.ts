import { describe, expect, it } from "vitest";
import { freeBalance } from "../../../../../../chain/src/node/runtime/balances/currency.ts";
import { subnetAccount } from "../../../../../../chain/src/node/runtime/subtensor/state/ids.ts";
import { balances } from "../../../../../../chain/src/spec/pallets/balances.ts";
import { subtensorModule } from "../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { system } from "../../../../../../chain/src/spec/pallets/system.ts";
import { NETUID, startSubnet, validatorColdkey, validatorHotkey } from "./scenario.ts";
import { account, admin, subtensor, TAO, World } from "./world.ts";

const S = subtensorModule.storage;
const CAP = 21_000_000n * TAO;

/** The four pots of the subnet. */
function pots(world: World): bigint {
  const { state } = world;
  return (
    state.get(S.PendingServerEmission, NETUID) +
    state.get(S.PendingValidatorEmission, NETUID) +
    state.get(S.PendingRootAlphaDivs, NETUID) +
    state.get(S.PendingOwnerCut, NETUID)
  );
}

describe("emission", () => {
  it("puts each block's alpha into the pots, less what is floored", () => {
    const world = startSubnet();
    while (
      !world
        .events("IncentiveAlphaEmittedToMiners")
        .some((event) => (event.fields as { netuid: number }).netuid === NETUID)
    )
      world.block();
    for (let i = 1; i <= 10; i++) {
      const before = pots(world);
      world.block();
      const minted = world.state.get(S.SubnetAlphaOutEmission, NETUID);
      expect(minted).toBe(TAO);
      const added = pots(world) - before;
      expect(added).toBeLessThanOrEqual(minted);
      expect(added).toBeGreaterThanOrEqual(minted - 4n);
    }
  });

  it("pays at the epoch what the pots held, less dust, to owner and stakers", () => {
    const world = startSubnet();
    const due = (): number => Number(world.state.get(S.LastEpochBlock, NETUID)) + world.state.get(S.Tempo, NETUID);
    world.runTo(due());
    const held = (): bigint =>
      [...world.state.iterate(S.TotalHotkeyAlpha)]
        .filter(({ keys }) => keys[1] === NETUID)
        .reduce((sum, { value }) => sum + value, 0n);
    const before = held();
    world.runTo(due() - 1);
    const pending = pots(world);
    expect(held()).toBe(before);
    world.block();
    expect(pots(world)).toBe(0n);
    const paid = held() - before;
    expect(paid).toBeLessThanOrEqual(pending + TAO);
    expect(paid).toBeGreaterThan(pending + TAO - 100n);
  });

  it("notes the stake of every hotkey of the subnet at its epoch, and dividends of those alone who earned some", () => {
    const world = startSubnet({ validators: 2, miners: 2, tempo: 5 });
    world.run(12);
    const { state } = world;
    const noted = [...state.iterate(S.TotalHotkeyAlphaLastEpoch)].filter(({ keys }) => keys[1] === NETUID);
    expect(noted).toHaveLength(4);
    expect(state.get(S.TotalHotkeyAlphaLastEpoch, account(validatorHotkey(1)), NETUID)).toBeGreaterThan(100n * TAO);
    const paid = [...state.iterate(S.AlphaDividendsPerSubnet, NETUID)];
    expect(paid).toHaveLength(2);
    expect(paid.every(({ value }) => value > 0n)).toBe(true);
  });

  it("keeps outstanding alpha at least what hotkeys hold, and TAO reserves backed by the subnet's account", () => {
    const world = startSubnet();
    world.run(60);
    world.must(
      subtensor(validatorColdkey(1), "remove_stake", {
        hotkey: account(validatorHotkey(1)),
        netuid: NETUID,
        amount_unstaked: 100n * TAO,
      }),
    );
    world.run(30);
    const held = [...world.state.iterate(S.TotalHotkeyAlpha)]
      .filter(({ keys }) => keys[1] === NETUID)
      .reduce((sum, { value }) => sum + value, 0n);
    expect(world.state.get(S.SubnetAlphaOut, NETUID)).toBeGreaterThanOrEqual(held);
    expect(freeBalance(world.state, subnetAccount(NETUID))).toBeGreaterThanOrEqual(
      world.state.get(S.SubnetTAO, NETUID),
    );
  });

  it("creates no TAO out of nothing: both issuance counters move together and equal the sum of the accounts", () => {
    const world = startSubnet();
    world.run(50);
    const sum = [...world.state.iterate(system.storage.Account)].reduce(
      (total, { value }) => total + value.data.free + value.data.reserved,
      0n,
    );
    expect(world.state.get(balances.storage.TotalIssuance)).toBe(sum);
    expect(world.state.get(S.TotalIssuance)).toBe(sum);
  });

  it("raises the price average from the spot price, slowly, and injects TAO once there is one", () => {
    const world = startSubnet();
    // The first steps are below 2^-32 and floor to nothing.
    world.run(40);
    expect(world.state.get(S.SubnetMovingPrice, NETUID).bits).toBeGreaterThan(0n);
    world.must(admin("sudo_set_subtoken_enabled", { netuid: 0, subtoken_enabled: true }));
    world.must(subtensor("//Bob", "root_register", { hotkey: account("//Bob//hot") }));
    world.must(
      subtensor("//Bob", "add_stake", { hotkey: account("//Bob//hot"), netuid: 0, amount_staked: 100_000n * TAO }),
    );
    const before = world.state.get(S.TotalIssuance);
    world.block();
    const minted = world.state.get(S.TotalIssuance) - before;
    expect(minted).toBe(world.state.get(S.SubnetTaoInEmission, NETUID) + world.state.get(S.SubnetExcessTao, NETUID));
    expect(minted).toBeGreaterThan(0n);
    expect(minted).toBeLessThanOrEqual(TAO);
    expect(world.state.get(S.RootProp, NETUID).bits).toBeGreaterThan(0n);
  });

  it("never lifts issuance above the cap", () => {
    const near = CAP - 10n * TAO - 500_000n;
    const rich: [string, bigint][] = [
      [account("//Alice"), 10_000n * TAO],
      [account("//Bob"), near - 10_000n * TAO],
    ];
    const world = new World({ genesis: { balances: rich } });
    world.must(subtensor("//Bob", "register_network", { hotkey: account("//Bob//hot") }));
    world.must(
      subtensor("//Bob", "start_call", { netuid: NETUID }),
      admin("sudo_set_subnet_emission_enabled", { netuid: NETUID, enabled: true }),
    );
    world.run(30);
    expect(world.state.get(S.TotalIssuance)).toBeLessThanOrEqual(CAP);
    expect(world.state.get(balances.storage.TotalIssuance)).toBeLessThanOrEqual(CAP);
  });

  it("gives root stakers claimable alpha, which a claim turns into stake", () => {
    const world = startSubnet();
    world.must(admin("sudo_set_subtoken_enabled", { netuid: 0, subtoken_enabled: true }));
    world.must(subtensor(validatorColdkey(1), "root_register", { hotkey: account(validatorHotkey(1)) }));
    world.must(
      subtensor(validatorColdkey(1), "add_stake", {
        hotkey: account(validatorHotkey(1)),
        netuid: 0,
        amount_staked: 2_000n * TAO,
      }),
    );
    const hotkey = account(validatorHotkey(1));
    const rootBefore = world.state.get(S.TotalHotkeyAlpha, hotkey, 0);
    world.run(45);
    expect(world.state.get(S.TotalHotkeyAlpha, hotkey, 0)).toBeGreaterThanOrEqual(rootBefore);
    expect(world.block(subtensor(validatorColdkey(1), "claim_root", { subnets: [] }))).toEqual(["InvalidSubnetNumber"]);
    expect(world.block(subtensor(validatorColdkey(1), "claim_root", { subnets: [NETUID] }))).toEqual(["ok"]);
  });
});

describe("the schedule", () => {
  it("runs every started or unstarted subnet each tempo, and the owner may trigger with commit-reveal off", () => {
    const world = startSubnet({ miners: 1 });
    const trigger = subtensor("//Subnet//owner", "trigger_epoch", { netuid: NETUID });
    expect(world.block(trigger)).toEqual(["DynamicTempoBlockedByCommitReveal"]);
    world.must(
      admin("sudo_set_commit_reveal_weights_enabled", { netuid: NETUID, enabled: false }),
      admin("sudo_set_admin_freeze_window", { window: 3 }),
    );
    const index = world.state.get(S.SubnetEpochIndex, NETUID);
    const last = Number(world.state.get(S.LastEpochBlock, NETUID));
    while (world.number < last + 5) world.block();
    const at = world.number + 1;
    expect(world.block(trigger)).toEqual(["ok"]);
    expect(world.events("EpochTriggered")[0]?.fields).toMatchObject({ fires_at: BigInt(at + 3) });
    expect(world.block(trigger)).toEqual(["EpochTriggerAlreadyPending"]);
    world.runTo(at + 3);
    expect(world.state.get(S.SubnetEpochIndex, NETUID)).toBe(index + 1n);
    expect(world.state.get(S.LastEpochBlock, NETUID)).toBe(BigInt(at + 3));
    expect(world.api("SubnetInfoRuntimeApi_get_next_epoch_start_block", { netuid: NETUID })).toBe(BigInt(at + 23));
  });

  it("defers epochs over the cap by one block each", () => {
    const world = startSubnet({ miners: 0, validators: 1, stakes: [1n] });
    world.must(subtensor("//Bob", "register_network", { hotkey: account("//Bob//hot") }));
    world.must(
      admin("sudo_set_max_epochs_per_block", { max_epochs_per_block: 1 }),
      admin("sudo_set_tempo", { netuid: NETUID, tempo: 7 }),
      admin("sudo_set_tempo", { netuid: 3, tempo: 7 }),
    );
    const start = world.number;
    world.runTo(start + 7);
    expect(world.events("EpochDeferred")[0]?.fields).toEqual({
      netuid: 3,
      from_block: BigInt(start + 7),
      to_block: BigInt(start + 8),
    });
    world.block();
    expect(world.state.get(S.LastEpochBlock, 3)).toBe(BigInt(start + 8));
  });
});
