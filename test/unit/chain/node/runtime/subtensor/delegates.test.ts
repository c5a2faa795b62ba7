import { describe, expect, it } from "vitest";
import { stakeOf } from "../../../../../../chain/src/node/runtime/subtensor/state/shares.ts";
import { subtensorModule } from "../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import type { DelegateInfo } from "../../../../../../chain/src/spec/runtime-apis-subtensor.ts";
import { NETUID, startSubnet, validatorColdkey, validatorHotkey } from "./scenario.ts";
import { account, admin, fund, subtensor, TAO } from "./world.ts";

const S = subtensorModule.storage;
const HOTKEY = account(validatorHotkey(1));
const NOMINATOR = "//Nominator";

describe("DelegateInfoRuntimeApi", () => {
  const world = startSubnet({ validators: 2, miners: 1, tempo: 10 });
  world.must(fund(NOMINATOR, 3_000n * TAO), admin("sudo_set_subtoken_enabled", { netuid: 0, subtoken_enabled: true }));
  world.must(subtensor(validatorColdkey(1), "root_register", { hotkey: HOTKEY }));
  world.must(subtensor(NOMINATOR, "add_stake", { hotkey: HOTKEY, netuid: 0, amount_staked: 2_000n * TAO }));
  world.edit((state) => {
    const emission = [...state.get(S.Emission, NETUID)];
    emission[1] = TAO;
    state.put(S.Emission, [NETUID], emission);
    state.put(S.Delegates, [HOTKEY], 0);
  });
  const info = (): DelegateInfo =>
    world.api("DelegateInfoRuntimeApi_get_delegate", { delegate_account: HOTKEY }) as DelegateInfo;

  it("tells what a delegate earns in a day, and its nominators per 1000 TAO of root stake", () => {
    // 720 epochs of 10 blocks a day.
    expect(info().total_daily_return).toBe(720n * TAO);
    expect(info().return_per_1000).toBe(360n * TAO);
    expect(info().registrations).toEqual([0, NETUID]);
  });

  it("lists nominators with their stake, and what a coldkey delegates", () => {
    const nominators = info().nominators;
    expect(nominators.map(([coldkey]) => coldkey).sort()).toEqual(
      [account(NOMINATOR), account(validatorColdkey(1))].sort(),
    );
    const staked = stakeOf(world.state, HOTKEY, account(NOMINATOR), 0);
    expect(nominators.find(([coldkey]) => coldkey === account(NOMINATOR))?.[1]).toEqual([[0, staked]]);
    const delegated = world.api<[DelegateInfo, [number, bigint]][]>("DelegateInfoRuntimeApi_get_delegated", {
      delegatee_account: account(NOMINATOR),
    });
    expect(delegated).toEqual([[{ ...info(), nominators: [] }, [0, staked]]]);
    expect(world.api("DelegateInfoRuntimeApi_get_delegated", { delegatee_account: account("//Nobody") })).toEqual([]);
  });
});
