import { runEpoch } from "@subnetkit/shared/consensus/epoch";
import { runEpochFast } from "@subnetkit/shared/consensus/fast/fast-epoch";
import { describe, expect, it } from "vitest";
import { nextExecution } from "../../../../../../../chain/src/node/block/builder.ts";
import { emittingSubnets } from "../../../../../../../chain/src/node/runtime/subtensor/coinbase/emit-block.ts";
import {
  type EpochForm,
  runSubnetEpoch,
} from "../../../../../../../chain/src/node/runtime/subtensor/epoch/run-subnet-epoch.ts";
import { storageKey } from "../../../../../../../chain/src/node/storage/keys.ts";
import { balances } from "../../../../../../../chain/src/spec/pallets/balances.ts";
import { subtensorModule } from "../../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { minerHotkey, NETUID, startSubnet, validatorHotkey } from "../scenario.ts";
import { account, admin, subtensor, TAO, World } from "../world.ts";

const S = subtensorModule.storage;

/** Weights of a validator on the miners, uids 2 on. */
const weights = (i: number, values: readonly number[]) =>
  subtensor(validatorHotkey(i), "set_weights", {
    netuid: NETUID,
    dests: values.map((_, at) => at + 2),
    weights: [...values],
    version_key: 0n,
  });

/** A subnet whose validators have permits and weights on three miners. */
function scored(): World {
  const world = startSubnet({ tempo: 10 });
  world.must(admin("sudo_set_commit_reveal_weights_enabled", { netuid: NETUID, enabled: false }));
  world.run(20);
  world.must(weights(0, [65_535, 30_000, 1_000]), weights(1, [65_535, 20_000, 2_000]));
  return world;
}

describe("the block's TAO", () => {
  it("is issued whole at the start and what no pool takes is recycled", () => {
    const world = new World();
    const before = world.state.get(balances.storage.TotalIssuance);
    world.run(1);
    expect(world.events("Issued")).toEqual([{ pallet: "Balances", name: "Issued", fields: { amount: TAO } }]);
    expect(world.state.get(balances.storage.TotalIssuance)).toBe(before);
    expect(world.state.get(S.TotalIssuance)).toBe(before);
  });

  it("is deposited into the accounts of the subnets that take part", () => {
    const world = startSubnet();
    // Until then the moving price is below the smallest number it can hold.
    world.run(40);
    const issued = world.state.get(S.TotalIssuance);
    world.run(1);
    const deposits = world.events("Deposit").map(({ fields }) => (fields as { amount: bigint }).amount);
    const spent = deposits.reduce((sum, rao) => sum + rao, 0n);
    expect(spent).toBeGreaterThan(0n);
    expect(world.state.get(S.TotalIssuance) - issued).toBe(spent);
    expect(world.events("Minted")).toEqual([]);
  });
});

describe("the moving price", () => {
  it("stands still while a subnet takes no part in emission", () => {
    const world = startSubnet();
    world.must({
      who: "//Alice",
      call: {
        pallet: "Sudo",
        name: "sudo",
        args: {
          call: {
            pallet: "AdminUtils",
            name: "sudo_set_network_registration_allowed",
            args: { netuid: NETUID, registration_allowed: false },
          },
        },
      },
    });
    expect(emittingSubnets(world.state)).toEqual([]);
    const before = world.state.get(S.SubnetMovingPrice, NETUID);
    world.run(3);
    expect(world.state.get(S.SubnetMovingPrice, NETUID)).toEqual(before);
  });
});

describe("dividends", () => {
  it("are shown without the validator's take", () => {
    const world = scored();
    world.run(12);
    const hotkey = account(validatorHotkey(1));
    const shown = world.state.get(S.AlphaDividendsPerSubnet, NETUID, hotkey);
    world.must(admin("sudo_set_default_take", { default_take: 11_796 }));
    const pot = [0, 1].reduce(
      (sum, i) => sum + world.state.get(S.AlphaDividendsPerSubnet, NETUID, account(validatorHotkey(i))),
      0n,
    );
    expect(shown).toBeGreaterThan(0n);
    // 82 percent of the validator pots of one tempo: 10 blocks of (1 - 0.18) * 0.5 alpha.
    const whole = 10n * ((TAO * 82n) / 200n);
    expect(Number(pot) / Number(whole)).toBeCloseTo(0.82, 3);
  });

  it("of miners say where they are staked whenever a destination is set, also the hotkey itself", () => {
    const world = scored();
    const hotkey = account(minerHotkey(0));
    world.must(subtensor("//Miner//0", "set_coldkey_auto_stake_hotkey", { netuid: NETUID, hotkey }));
    while (world.events("AutoStakeAdded").length === 0 && world.number < 80) world.run(1);
    const [added] = world.events("AutoStakeAdded");
    expect(added?.fields).toMatchObject({ netuid: NETUID, destination: hotkey, hotkey, owner: account("//Miner//0") });
  });
});

describe("epochs", () => {
  it("come out the same by the reference and by the fast form, state and events", () => {
    const world = scored();
    world.run(25);
    const outcome = (form: EpochForm) => {
      const execution = nextExecution(world.modules, world.state, world.chain.head, Date.now());
      const emission = runSubnetEpoch(execution, NETUID, 7n * TAO + 3n, form);
      execution.storeEvents();
      return { emission, changes: execution.state.changes() };
    };
    expect(outcome(runEpochFast)).toEqual(outcome(runEpoch));
  });

  it("of a subnet with two uids on one hotkey lose their slot, keep the pots and do not count toward the cap", () => {
    const world = startSubnet({ tempo: 10 });
    world.must(admin("sudo_set_max_epochs_per_block", { max_epochs_per_block: 1 }));
    const key = storageKeyOf(2);
    const doubled = world.state.getRaw(storageKeyOf(3));
    world.must({
      who: "//Alice",
      call: {
        pallet: "Sudo",
        name: "sudo",
        args: {
          call: {
            pallet: "System",
            name: "set_storage",
            args: { items: [[Buffer.from(key.slice(2), "hex"), doubled]] },
          },
        },
      },
    });
    const index = world.state.get(S.SubnetEpochIndex, NETUID);
    while (world.events("EpochSkipped").length === 0 && world.number < 60) world.run(1);
    expect(world.events("EpochSkipped")).toEqual([
      { pallet: "SubtensorModule", name: "EpochSkipped", fields: { netuid: NETUID, block: BigInt(world.number) } },
    ]);
    expect(world.state.get(S.SubnetEpochIndex, NETUID)).toBe(index + 1n);
    expect(world.state.get(S.PendingServerEmission, NETUID)).toBeGreaterThan(0n);
    expect(world.state.get(S.BlocksSinceLastStep, NETUID)).toBeGreaterThan(0n);
  });
});

function storageKeyOf(uid: number): `0x${string}` {
  return storageKey(S.Keys, [NETUID, uid]);
}
