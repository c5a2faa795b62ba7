import { describe, expect, it } from "vitest";
import { stakeWeight } from "../../../../../../chain/src/node/runtime/subtensor/state/stake-weight.ts";
import { VOTING_POWER_GRACE_BLOCKS } from "../../../../../../chain/src/node/runtime/subtensor/calls/voting-power.ts";
import { runSubnetEpoch } from "../../../../../../chain/src/node/runtime/subtensor/epoch/run-subnet-epoch.ts";
import { subtensorModule } from "../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { NETUID, OWNER, startSubnet, validatorHotkey } from "./scenario.ts";
import { account, type Step, subtensor, sudo } from "./world.ts";

const S = subtensorModule.storage;
const HOTKEY = account(validatorHotkey(0));
const ONE = 10n ** 18n;
const enable = (who: string, netuid = NETUID): Step => subtensor(who, "enable_voting_power_tracking", { netuid });
const disable = (who: string): Step => subtensor(who, "disable_voting_power_tracking", { netuid: NETUID });
const setAlpha = (alpha: bigint, netuid = NETUID): Step =>
  sudo({ pallet: "SubtensorModule", name: "sudo_set_voting_power_ema_alpha", args: { netuid, alpha } });
const asRoot = (name: string, netuid: number): Step => sudo({ pallet: "SubtensorModule", name, args: { netuid } });

describe("voting power", () => {
  it("is an average of the validators' stake weight, an epoch a step", () => {
    const world = startSubnet({ validators: 2, miners: 2, tempo: 5 });
    world.must(enable(OWNER), setAlpha(ONE / 2n));
    expect(world.events("VotingPowerTrackingEnabled").map(({ fields }) => fields)).toEqual([{ netuid: NETUID }]);
    expect(world.events("VotingPowerEmaAlphaSet").map(({ fields }) => fields)).toEqual([
      { netuid: NETUID, alpha: ONE / 2n },
    ]);
    let expected = 0n;
    for (let epochs = 0; epochs < 4; ) {
      const before = stakeWeight(world.state, NETUID, HOTKEY);
      const index = world.state.get(S.SubnetEpochIndex, NETUID);
      world.block();
      if (world.state.get(S.SubnetEpochIndex, NETUID) === index) continue;
      epochs += 1;
      expected = (before + expected) / 2n;
      expect(world.state.get(S.VotingPower, NETUID, HOTKEY)).toBe(expected);
    }
    expect([...world.state.iterate(S.VotingPower, NETUID)]).toHaveLength(2);
  });

  it("goes with the permit, with the seat, and when it falls below the stake threshold", () => {
    const world = startSubnet({ validators: 2, miners: 1, tempo: 5 });
    const gone = account("//Gone//hot");
    world.must(enable(OWNER), setAlpha(0n));
    world.edit((state) => {
      state.put(S.VotingPower, [NETUID, gone], 5n);
      state.put(S.VotingPower, [NETUID, account("//Miner//0//hot")], 5n);
      state.put(S.VotingPower, [NETUID, HOTKEY], 100n);
    });
    world.run(6);
    expect([...world.state.iterate(S.VotingPower, NETUID)].map(({ keys, value }) => [keys[1], value])).toEqual([
      [HOTKEY, 100n],
    ]);
    world.must(setAlpha(ONE));
    world.edit((state) => {
      state.put(S.StakeThreshold, [], 1n << 60n);
      state.put(S.VotingPower, [NETUID, HOTKEY], 1n << 61n);
    });
    world.run(6);
    expect(world.state.has(S.VotingPower, NETUID, HOTKEY)).toBe(false);
  });

  it("ends two weeks after it was switched off", () => {
    const world = startSubnet({ validators: 2, miners: 1, tempo: 5 });
    world.must(enable(OWNER));
    world.run(6);
    world.must(disable(OWNER));
    const end = BigInt(world.number) + VOTING_POWER_GRACE_BLOCKS;
    expect(world.events("VotingPowerTrackingDisableScheduled").map(({ fields }) => fields)).toEqual([
      { netuid: NETUID, disable_at_block: end },
    ]);
    const before = world.executionAt(Number(end) - 1);
    runSubnetEpoch(before, NETUID, 0n);
    expect(before.state.get(S.VotingPowerTrackingEnabled, NETUID)).toBe(true);
    const after = world.executionAt(Number(end));
    runSubnetEpoch(after, NETUID, 0n);
    expect(after.state.get(S.VotingPowerTrackingEnabled, NETUID)).toBe(false);
    expect([...after.state.iterate(S.VotingPower, NETUID)]).toEqual([]);
    expect(after.state.has(S.VotingPowerDisableAtBlock, NETUID)).toBe(false);
    world.must(enable(OWNER));
    expect(world.state.has(S.VotingPowerDisableAtBlock, NETUID)).toBe(false);
  });

  it("is for the owner and root, its weight for root alone", () => {
    const world = startSubnet({ validators: 1, miners: 0 });
    expect(world.block(disable(OWNER))).toEqual(["VotingPowerTrackingNotEnabled"]);
    expect(world.block(enable("//Bob"))).toEqual(["BadOrigin"]);
    expect(world.block(asRoot("enable_voting_power_tracking", 77))).toEqual(["SubnetNotExists"]);
    expect(world.block(asRoot("disable_voting_power_tracking", 77))).toEqual(["SubnetNotExists"]);
    expect(world.block(setAlpha(ONE, 77))).toEqual(["SubnetNotExists"]);
    expect(world.block(setAlpha(ONE + 1n))).toEqual(["InvalidVotingPowerEmaAlpha"]);
    const args = { netuid: NETUID, alpha: 1n };
    expect(world.block(subtensor(OWNER, "sudo_set_voting_power_ema_alpha", args))).toEqual(["BadOrigin"]);
  });
});
