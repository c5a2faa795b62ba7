import { encodeWeightsPayload, timelockEncrypt } from "@subnetkit/shared/crypto/timelock";
import { describe, expect, it } from "vitest";
import { drand } from "../../../../../../chain/src/spec/pallets/drand.ts";
import { subtensorModule } from "../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { roundAt } from "../../../../../../chain/src/node/runtime/drand/beacon.ts";
import { timestamp } from "../../../../../../chain/src/spec/pallets/timestamp.ts";
import { minerHotkey, NETUID, startSubnet, validatorColdkey, validatorHotkey } from "./scenario.ts";
import { account, key, subtensor, type World } from "./world.ts";

const S = subtensorModule.storage;

/** A timelocked commit of a validator that opens `blocks` blocks from now. */
function timelocked(world: World, validator: number, uids: number[], values: number[], blocks: number) {
  const config = world.state.get(drand.storage.BeaconConfig);
  const openMs = Number(world.state.get(timestamp.storage.Now)) + blocks * 250;
  const round = roundAt(openMs, config.genesis_time, config.period);
  const plaintext = encodeWeightsPayload({
    hotkey: key(validatorHotkey(validator)).publicKey,
    uids,
    values,
    versionKey: 0n,
  });
  const commit = timelockEncrypt(plaintext, round, config.public_key);
  return subtensor(validatorHotkey(validator), "commit_timelocked_mechanism_weights", {
    netuid: NETUID,
    mecid: 0,
    commit,
    reveal_round: round,
    commit_reveal_version: 4,
  });
}

describe("timelocked weights", () => {
  it("are committed, opened by a pulse in the next epoch, and pay incentive in their order and dividends to both validators", () => {
    const world = startSubnet({ beacon: true });
    world.run(25);
    expect(world.state.get(S.ValidatorPermit, NETUID)).toEqual([true, true, false, false, false]);
    const toEpoch = (): number => 20 - (world.number - Number(world.state.get(S.LastEpochBlock, NETUID)));
    while (toEpoch() < 15) world.block();
    const open = toEpoch() + 4;
    world.must(
      timelocked(world, 0, [2, 3, 4], [65535, 30000, 10000], open),
      timelocked(world, 1, [2, 3, 4], [65535, 30000, 10000], open),
    );
    expect(world.state.get(S.Weights, NETUID, 0)).toEqual([]);
    let revealed = 0;
    for (let i = 0; i < 40 && revealed < 2; i++) {
      world.block();
      revealed += world.events("TimelockedWeightsRevealed").length;
    }
    expect(revealed).toBe(2);
    expect(world.state.get(S.Weights, NETUID, 0)).toEqual([
      [2, 65535],
      [3, 30000],
      [4, 10000],
    ]);
    while (
      world
        .events("IncentiveAlphaEmittedToMiners")
        .every((event) => (event.fields as { netuid: number }).netuid !== NETUID)
    )
      world.block();
    const incentive = world.state.get(S.Incentive, NETUID);
    expect(incentive[2]).toBeGreaterThan(incentive[3] as number);
    expect(incentive[3]).toBeGreaterThan(incentive[4] as number);
    expect(incentive[4]).toBeGreaterThan(0);
    const dividends = world.state.get(S.Dividends, NETUID);
    expect(dividends[0]).toBeGreaterThan(dividends[1] as number);
    expect(dividends[1]).toBeGreaterThan(0);
    expect(world.state.get(S.TotalHotkeyAlpha, account(minerHotkey(0)), NETUID)).toBeGreaterThan(0n);
    expect(validatorColdkey(0)).toBe("//Subnet//owner");
  });
});
