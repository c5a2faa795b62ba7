import { describe, expect, it } from "vitest";
import { fundsAccount } from "../../../../../../chain/src/node/runtime/crowdloan/pallet.ts";
import type { RuntimeCall } from "../../../../../../chain/src/spec/call.ts";
import { crowdloan } from "../../../../../../chain/src/spec/pallets/crowdloan.ts";
import { system } from "../../../../../../chain/src/spec/pallets/system.ts";
import { account, type Step, TAO, World } from "../subtensor/world.ts";

const CREATOR = "//Bob";
const S = crowdloan.storage;
const step = (who: string, name: string, args: Record<string, unknown> = {}): Step => ({
  who,
  call: { pallet: "Crowdloan", name, args: { crowdloan_id: 0, ...args } },
});
const create = (args: Record<string, unknown> = {}): Step => ({
  who: CREATOR,
  call: {
    pallet: "Crowdloan",
    name: "create",
    args: {
      deposit: 10n * TAO,
      min_contribution: TAO,
      cap: 100n * TAO,
      end: 60,
      call: undefined,
      target_address: account("//Target"),
      ...args,
    },
  },
});
const contribute = (who: string, amount: bigint): Step => step(who, "contribute", { amount });
const free = (world: World, who: string): bigint => world.state.get(system.storage.Account, who).data.free;
const loan = (world: World) => world.state.get(S.Crowdloans, 0);

function open(args: Record<string, unknown> = {}): World {
  const world = new World();
  world.must(create(args));
  return world;
}

describe("create", () => {
  it("puts the deposit on the crowdloan's account as the first contribution", () => {
    const world = open();
    expect(free(world, fundsAccount(0))).toBe(10n * TAO);
    expect(loan(world)).toMatchObject({ creator: account(CREATOR), raised: 10n * TAO, contributors_count: 1 });
    expect(world.state.get(S.NextCrowdloanId)).toBe(1);
    expect(world.events("Created")).toHaveLength(1);
  });

  it("names what is wrong, in order", () => {
    const call: RuntimeCall = { pallet: "System", name: "remark", args: { remark: new Uint8Array() } };
    const world = new World();
    const wrong: readonly [Record<string, unknown>, string][] = [
      [{ deposit: 1n, cap: 0n }, "DepositTooLow"],
      [{ cap: 10n * TAO }, "CapTooLow"],
      [{ min_contribution: 1n }, "MinimumContributionTooLow"],
      [{ call }, "InvalidFinalizationConfig"],
      [{ target_address: undefined }, "InvalidFinalizationConfig"],
      [{ end: 0 }, "CannotEndInPast"],
      [{ end: 40 }, "BlockDurationTooShort"],
      [{ end: 30_000 }, "BlockDurationTooLong"],
      [{ deposit: 2_000_000n * TAO, cap: 3_000_000n * TAO }, "InsufficientBalance"],
    ];
    expect(world.block(...wrong.map(([args]) => create(args)))).toEqual(wrong.map(([, error]) => error));
  });
});

describe("contribute, withdraw and refund", () => {
  it("take up to the cap and give back", () => {
    const world = open();
    expect(
      world.block(contribute("//Dave", 1n), contribute("//Dave", 50n * TAO), contribute("//Eve", 90n * TAO)),
    ).toEqual(["ContributionTooLow", "ok", "ok"]);
    expect(world.state.get(S.Contributions, 0, account("//Eve"))).toBe(40n * TAO);
    expect(world.block(contribute("//Eve", 90n * TAO))).toEqual(["CapRaised"]);
    world.must(step("//Eve", "withdraw"));
    expect(loan(world)).toMatchObject({ raised: 60n * TAO, contributors_count: 2 });
    expect(world.block(step("//Eve", "withdraw"), step(CREATOR, "withdraw"))).toEqual([
      "NoContribution",
      "DepositCannotBeWithdrawn",
    ]);
    expect(world.block(step("//Eve", "refund"), step(CREATOR, "dissolve"), step(CREATOR, "refund"))).toEqual([
      "InvalidOrigin",
      "NotReadyToDissolve",
      "ok",
    ]);
    expect(world.events("AllRefunded")).toHaveLength(1);
    world.must(step(CREATOR, "dissolve"));
    expect(loan(world)).toBeUndefined();
    expect(world.state.has(system.storage.Account, fundsAccount(0))).toBe(false);
  });

  it("end with the period and keep to the most one may give", () => {
    const world = open();
    expect(world.block(step(CREATOR, "set_max_contribution", { new_max_contribution: 5n * TAO }))).toEqual([
      "MaximumContributionTooLow",
    ]);
    world.must(step(CREATOR, "set_max_contribution", { new_max_contribution: 12n * TAO }));
    world.must(contribute("//Dave", 50n * TAO));
    expect(world.state.get(S.Contributions, 0, account("//Dave"))).toBe(12n * TAO);
    expect(world.block(contribute("//Dave", TAO))).toEqual(["MaxContributionReached"]);
    world.runTo(60);
    expect(world.block(contribute("//Eve", TAO))).toEqual(["ContributionPeriodEnded"]);
  });
});

describe("finalize", () => {
  it("pays the target once the cap is raised, for the creator, once", () => {
    const world = open();
    expect(world.block(step(CREATOR, "finalize"))).toEqual(["CapNotRaised"]);
    world.must(contribute("//Dave", 90n * TAO));
    expect(world.block(step("//Dave", "finalize"), step(CREATOR, "finalize"), step(CREATOR, "finalize"))).toEqual([
      "InvalidOrigin",
      "ok",
      // The money is gone, what was raised is not.
      "AlreadyFinalized",
    ]);
    expect(free(world, account("//Target"))).toBe(100n * TAO);
  });

  it("runs the call as the creator, and fails with it", () => {
    const call: RuntimeCall = {
      pallet: "Balances",
      name: "transfer_keep_alive",
      args: { dest: { type: "Id", value: account("//Target") }, value: 3n * TAO },
    };
    const world = open({ call, target_address: undefined });
    world.must(contribute("//Dave", 90n * TAO));
    world.must(step(CREATOR, "finalize"));
    expect(free(world, account("//Target"))).toBe(3n * TAO);
    expect(world.state.get(S.CurrentCrowdloanId)).toBeUndefined();
    const failing = open({
      call: { ...call, args: { ...call.args, value: 9_000_000n * TAO } },
      target_address: undefined,
    });
    failing.must(contribute("//Dave", 90n * TAO));
    expect(failing.block(step(CREATOR, "finalize"))).toEqual(["Token.FundsUnavailable"]);
    expect(loan(failing)?.finalized).toBe(false);
  });
});

describe("updates", () => {
  it("are the creator's, within the rules of creation", () => {
    const world = open();
    expect(
      world.block(
        step(CREATOR, "update_cap", { new_cap: TAO }),
        step(CREATOR, "update_cap", { new_cap: 50n * TAO }),
        step(CREATOR, "update_end", { new_end: 20 }),
        step(CREATOR, "update_end", { new_end: 100 }),
        step(CREATOR, "update_min_contribution", { new_min_contribution: 1n }),
        step(CREATOR, "update_min_contribution", { new_min_contribution: 2n * TAO }),
        step("//Dave", "update_cap", { new_cap: 60n * TAO }),
      ),
    ).toEqual(["CapTooLow", "ok", "BlockDurationTooShort", "ok", "MinimumContributionTooLow", "ok", "InvalidOrigin"]);
    expect(loan(world)).toMatchObject({ cap: 50n * TAO, end: 100, min_contribution: 2n * TAO });
  });
});
