import { describe, expect, it } from "vitest";
import { hotkeysOf } from "../../../../../../chain/src/node/runtime/subtensor/state/neurons.ts";
import { subtensorModule } from "../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { minerHotkey, NETUID, OWNER, startSubnet, validatorHotkey } from "./scenario.ts";
import { account, admin, type Step, subtensor, type World } from "./world.ts";

const S = subtensorModule.storage;
const trim = (max_n: number, who = OWNER): Step => ({
  who,
  call: { pallet: "AdminUtils", name: "sudo_trim_to_max_allowed_uids", args: { netuid: NETUID, max_n } },
});

/** Two validators (uids 0, 1) that give all weight to uids 5 and 7 of six miners, an epoch later. */
function scored(): World {
  const world = startSubnet({ miners: 6 });
  world.must(
    admin("sudo_set_min_allowed_uids", { netuid: NETUID, min_allowed_uids: 2 }),
    admin("sudo_set_commit_reveal_weights_enabled", { netuid: NETUID, enabled: false }),
    admin("sudo_set_min_allowed_weights", { netuid: NETUID, min_allowed_weights: 1 }),
  );
  world.run(25);
  const weights = { netuid: NETUID, dests: [5, 7], weights: [40_000, 20_000], version_key: 0n };
  world.must(...[0, 1].map((i) => subtensor(validatorHotkey(i), "set_weights", weights)));
  world.run(45);
  return world;
}

describe("sudo_trim_to_max_allowed_uids", () => {
  it("refuses when four in five of the rest would be immune", () => {
    expect(scored().block(trim(4))).toEqual(["TrimmingWouldExceedMaxImmunePercentage"]);
  });

  it("keeps the owner and the uids with most emission and renumbers weights, bonds and vectors", () => {
    const world = scored();
    world.must(admin("sudo_set_immunity_period", { netuid: NETUID, immunity_period: 1 }));
    expect(world.state.get(S.Emission, NETUID).map((rao) => rao > 0n)).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((uid) => [0, 1, 5, 7].includes(uid)),
    );
    world.must(trim(4));
    const { state } = world;
    const kept = [validatorHotkey(0), validatorHotkey(1), minerHotkey(3), minerHotkey(5)].map(account);
    expect(hotkeysOf(state, NETUID)).toEqual(kept);
    expect(kept.map((hotkey) => state.get(S.Uids, NETUID, hotkey))).toEqual([0, 1, 2, 3]);
    expect(state.get(S.MaxAllowedUids, NETUID)).toBe(4);
    expect(state.get(S.Incentive, NETUID)).toHaveLength(4);
    expect(state.get(S.Incentive, NETUID)[2]).toBeGreaterThan(0);
    expect(state.get(S.Weights, NETUID, 0).map(([to]) => to)).toEqual([2, 3]);
    expect(state.get(S.Bonds, NETUID, 1).map(([to]) => to)).toEqual([2, 3]);
    expect(state.has(S.Uids, NETUID, account(minerHotkey(0)))).toBe(false);
    expect(state.has(S.IsNetworkMember, account(minerHotkey(0)), NETUID)).toBe(false);
    expect([...state.iterate(S.Keys, NETUID)]).toHaveLength(4);
    world.run(45);
    expect(world.state.get(S.Emission, NETUID)[2]).toBeGreaterThan(0n);
  });

  it("wants a number between the least and the most uids, and the owner", () => {
    const world = scored();
    expect(world.block(trim(1), trim(257), trim(4, "//Bob"))).toEqual(["InvalidValue", "InvalidValue", "BadOrigin"]);
  });
});
