/** Crowdloan: many pay for one call or one address (spec/subtensor-interface.md 2.5). */
import { encodeAddress } from "@polkadot/util-crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { fundsAccount } from "../../../chain/src/node/runtime/crowdloan/pallet.ts";
import { covers } from "./coverage.ts";
import { harness, TAO } from "./harness.ts";
import { lift, people } from "./world.ts";

covers(
  "Crowdloan.create",
  "DepositTooLow",
  "CapTooLow",
  "MinimumContributionTooLow",
  "InvalidFinalizationConfig",
  "CannotEndInPast",
  "BlockDurationTooShort",
  "BlockDurationTooLong",
  "InsufficientBalance",
);
covers(
  "Crowdloan.contribute",
  "InvalidCrowdloanId",
  "ContributionPeriodEnded",
  "CapRaised",
  "ContributionTooLow",
  "MaxContributorsReached",
  "MaxContributionReached",
  "InsufficientBalance",
);
covers("Crowdloan.withdraw", "InvalidCrowdloanId", "AlreadyFinalized", "NoContribution", "DepositCannotBeWithdrawn");
covers("Crowdloan.finalize", "InvalidCrowdloanId", "InvalidOrigin", "CapNotRaised", "AlreadyFinalized", "BadOrigin");
covers("Crowdloan.refund", "InvalidCrowdloanId", "AlreadyFinalized", "InvalidOrigin");
covers("Crowdloan.dissolve", "InvalidCrowdloanId", "AlreadyFinalized", "InvalidOrigin", "NotReadyToDissolve");
covers(
  "Crowdloan.update_min_contribution",
  "InvalidCrowdloanId",
  "AlreadyFinalized",
  "InvalidOrigin",
  "MinimumContributionTooLow",
  "MinimumContributionTooHigh",
);
covers(
  "Crowdloan.update_end",
  "InvalidCrowdloanId",
  "AlreadyFinalized",
  "InvalidOrigin",
  "CannotEndInPast",
  "BlockDurationTooShort",
  "BlockDurationTooLong",
);
covers("Crowdloan.update_cap", "InvalidCrowdloanId", "AlreadyFinalized", "InvalidOrigin", "CapTooLow");
covers(
  "Crowdloan.set_max_contribution",
  "InvalidCrowdloanId",
  "AlreadyFinalized",
  "InvalidOrigin",
  "MaximumContributionTooLow",
);

const { owner: creator, staker: giver, stranger, sudo } = people;
const h = harness(lift);
const ACCOUNT = encodeAddress(fundsAccount(0), 42);
let end = 0;

const create = async (
  change: Partial<{ deposit: bigint; min: bigint; cap: bigint; end: number; call: unknown; to: string | null }> = {},
): Promise<unknown[]> => {
  end = (await h.height()) + 60;
  return [
    change.deposit ?? 10n * TAO,
    change.min ?? TAO / 10n,
    change.cap ?? 20n * TAO,
    change.end ?? end,
    change.call ?? null,
    change.to === undefined ? sudo.address : change.to,
  ];
};
const loan = () => h.get<Record<string, unknown> | null>("Crowdloan.Crowdloans", 0);

describe("Crowdloan.create", () => {
  const call = "Crowdloan.create";

  it("takes the deposit and tells", async () => {
    const events = await h.ok(creator, call, ...(await create()));
    expect(events).toEqual([
      ["System.NewAccount", ACCOUNT],
      ["Balances.Endowed", ACCOUNT, 10e9],
      ["Balances.Transfer", creator.address, ACCOUNT, 10e9],
      ["Crowdloan.Created", 0, creator.address, end, 20e9],
    ]);
    expect(await loan()).toMatchObject({ raised: 10e9, finalized: false, contributorsCount: 1, fundsAccount: ACCOUNT });
    expect(await h.get("Crowdloan.Contributions", 0, creator.address)).toBe(10e9);
    expect(await h.get("Crowdloan.NextCrowdloanId")).toBe(1);
  });

  it("refuses in the order deposit, cap, contribution, target, end, balance", async () => {
    const low = { deposit: 10n * TAO - 1n, cap: TAO, min: TAO / 10n - 1n, to: null, end: 1 };
    await h.fails("DepositTooLow", stranger, call, ...(await create(low)));
    await h.fails("CapTooLow", stranger, call, ...(await create({ ...low, deposit: 5000n * TAO, cap: 5000n * TAO })));
    const big = { ...low, deposit: 5000n * TAO, cap: 6000n * TAO };
    await h.fails("MinimumContributionTooLow", stranger, call, ...(await create(big)));
    const both = { ...big, min: TAO / 10n, to: sudo.address, call: h.tx("System.remark", "0x") };
    await h.fails("InvalidFinalizationConfig", stranger, call, ...(await create(both)));
    await h.fails("InvalidFinalizationConfig", stranger, call, ...(await create({ ...both, to: null, call: null })));
    const one = { ...big, min: TAO / 10n, to: sudo.address };
    await h.fails("CannotEndInPast", stranger, call, ...(await create({ ...one, end: (await h.height()) + 1 })));
    await h.fails("BlockDurationTooShort", stranger, call, ...(await create({ ...one, end: (await h.height()) + 50 })));
    const long = (await h.height()) + 1 + 20_001;
    await h.fails("BlockDurationTooLong", stranger, call, ...(await create({ ...one, end: long })));
    await h.fails("InsufficientBalance", stranger, call, ...(await create({ ...one, end: (await h.height()) + 51 })));
  });
});

describe("a crowdloan", () => {
  beforeEach(async () => {
    await h.ok(creator, "Crowdloan.create", ...(await create()));
  });
  const give = (rao: bigint) => h.ok(giver, "Crowdloan.contribute", 0, rao);
  const finalized = () => h.get("Crowdloan.Crowdloans", 0).then(() => h.ok(creator, "Crowdloan.finalize", 0));

  it("takes contributions up to its cap", async () => {
    expect(await give(4n * TAO)).toEqual([
      ["Balances.Transfer", giver.address, ACCOUNT, 4e9],
      ["Crowdloan.Contributed", 0, giver.address, 4e9],
    ]);
    expect((await give(50n * TAO)).at(-1)).toEqual(["Crowdloan.Contributed", 0, giver.address, 6e9]);
    expect(await loan()).toMatchObject({ raised: 20e9, contributorsCount: 2 });
  });

  it("refuses contributions in the order of the checks", async () => {
    const call = "Crowdloan.contribute";
    await h.fails("InvalidCrowdloanId", stranger, call, 9, 1);
    await h.fails("ContributionTooLow", stranger, call, 0, TAO / 10n - 1n);
    await h.fund(stranger, TAO);
    await h.fails("InsufficientBalance", stranger, call, 0, 5n * TAO);
    expect(await h.ok(creator, "Crowdloan.set_max_contribution", 0, 10n * TAO)).toEqual([
      ["Crowdloan.MaxContributionUpdated", 0, 10e9],
    ]);
    await h.fails("MaxContributionReached", creator, call, 0, TAO);
    await h.ok(creator, "Crowdloan.set_max_contribution", 0, null);
    const stored = await h.rpc<string>("state_getStorage", h.api.query["crowdloan"]?.["crowdloans"]?.key(0));
    const key = h.api.query["crowdloan"]?.["crowdloans"]?.key(0);
    // The count of contributors is the last field: 500 of them.
    await h.rpc("dev_setStorage", [[key, `${stored.slice(0, -8)}f4010000`]]);
    await h.fails("MaxContributorsReached", giver, call, 0, TAO);
    await h.rpc("dev_setStorage", [[key, stored]]);
    await give(10n * TAO);
    await h.fails("CapRaised", giver, call, 0, TAO);
    await h.nextIs(end);
    await h.fails("ContributionPeriodEnded", giver, call, 0, 1);
  });

  it("gives contributions back until it is finalised, the creator's deposit not", async () => {
    const call = "Crowdloan.withdraw";
    await h.fails("InvalidCrowdloanId", giver, call, 9);
    await h.fails("NoContribution", giver, call, 0);
    await h.fails("DepositCannotBeWithdrawn", creator, call, 0);
    await give(4n * TAO);
    await h.ok(creator, "Crowdloan.contribute", 0, TAO);
    const back = (await h.ok(creator, call, 0)).at(-1);
    expect(back).toEqual(["Crowdloan.Withdrew", 0, creator.address, 1e9]);
    expect((await h.ok(giver, call, 0)).at(-1)).toEqual(["Crowdloan.Withdrew", 0, giver.address, 4e9]);
    expect(await loan()).toMatchObject({ raised: 10e9, contributorsCount: 1 });
    await give(10n * TAO);
    await finalized();
    await h.fails("AlreadyFinalized", giver, call, 0);
  });

  it("pays its target when it is finalised by its creator", async () => {
    const call = "Crowdloan.finalize";
    await h.fails("InvalidCrowdloanId", creator, call, 9);
    await h.fails("InvalidOrigin", giver, call, 0);
    await h.fails("CapNotRaised", creator, call, 0);
    await give(10n * TAO);
    const { free } = await h.account(sudo);
    expect((await h.ok(creator, call, 0)).at(-1)).toEqual(["Crowdloan.Finalized", 0]);
    expect((await h.account(sudo)).free).toBe(free + 20n * TAO);
    expect(await loan()).toMatchObject({ finalized: true });
    await h.fails("AlreadyFinalized", creator, call, 0);
  });

  it("runs its call as its creator, whose failure is the call's own", async () => {
    const good = h.tx("System.remark_with_event", "0x01");
    await h.ok(creator, "Crowdloan.create", ...(await create({ to: null, call: good })));
    await h.ok(giver, "Crowdloan.contribute", 1, 10n * TAO);
    expect((await h.ok(creator, "Crowdloan.finalize", 1)).map(([name]) => name)).toEqual([
      "System.Remarked",
      "Crowdloan.Finalized",
    ]);
    const bad = h.tx("AdminUtils.sudo_set_tempo", 1, 5);
    await h.ok(creator, "Crowdloan.create", ...(await create({ to: null, call: bad })));
    await h.ok(giver, "Crowdloan.contribute", 2, 10n * TAO);
    await h.fails("BadOrigin", creator, "Crowdloan.finalize", 2);
    expect(await h.get("Crowdloan.CurrentCrowdloanId")).toBeNull();
  });

  it("is refunded and dissolved by its creator", async () => {
    await give(4n * TAO);
    for (const call of ["Crowdloan.refund", "Crowdloan.dissolve"]) {
      await h.fails("InvalidCrowdloanId", creator, call, 9);
      await h.fails("InvalidOrigin", giver, call, 0);
    }
    await h.fails("NotReadyToDissolve", creator, "Crowdloan.dissolve", 0);
    expect(await h.ok(creator, "Crowdloan.refund", 0)).toEqual([
      ["Balances.Transfer", ACCOUNT, giver.address, 4e9],
      ["Crowdloan.AllRefunded", 0],
    ]);
    const events = await h.ok(creator, "Crowdloan.dissolve", 0);
    expect(events.at(-1)).toEqual(["Crowdloan.Dissolved", 0]);
    expect(await loan()).toBeNull();
    expect(await h.get("System.Account", ACCOUNT)).toMatchObject({ providers: 0 });
  });

  it("changes its terms within bounds, by its creator, until it is finalised", async () => {
    const update = (name: string, value: unknown) => [`Crowdloan.${name}`, 0, value] as const;
    expect(await h.ok(creator, ...update("update_min_contribution", TAO))).toEqual([
      ["Crowdloan.MinContributionUpdated", 0, 1e9],
    ]);
    await h.fails("MinimumContributionTooLow", creator, ...update("update_min_contribution", TAO / 10n - 1n));
    await h.fails("MaximumContributionTooLow", creator, ...update("set_max_contribution", TAO / 2n));
    await h.fails("MaximumContributionTooLow", creator, ...update("set_max_contribution", 9n * TAO));
    await h.ok(creator, ...update("set_max_contribution", 11n * TAO));
    await h.fails("MinimumContributionTooHigh", creator, ...update("update_min_contribution", 12n * TAO));
    await h.ok(creator, ...update("set_max_contribution", null));
    const later = (await h.height()) + 200;
    expect(await h.ok(creator, ...update("update_end", later))).toEqual([["Crowdloan.EndUpdated", 0, later]]);
    await h.fails("CannotEndInPast", creator, ...update("update_end", 1));
    await h.fails("BlockDurationTooShort", creator, ...update("update_end", (await h.height()) + 50));
    await h.fails("BlockDurationTooLong", creator, ...update("update_end", (await h.height()) + 20_002));
    expect(await h.ok(creator, ...update("update_cap", 15n * TAO))).toEqual([["Crowdloan.CapUpdated", 0, 15e9]]);
    await h.fails("CapTooLow", creator, ...update("update_cap", 10n * TAO - 1n));
    const all = [
      update("update_min_contribution", TAO),
      update("update_end", later),
      update("update_cap", 15n * TAO),
      update("set_max_contribution", null),
      ["Crowdloan.refund", 0],
      ["Crowdloan.dissolve", 0],
    ] as (readonly [string, ...unknown[]])[];
    for (const [call, , ...rest] of all.slice(0, 4)) {
      await h.fails("InvalidCrowdloanId", creator, call, 9, ...rest);
      await h.fails("InvalidOrigin", giver, call, 0, ...rest);
    }
    await give(5n * TAO);
    await finalized();
    for (const [call, ...args] of all) await h.fails("AlreadyFinalized", creator, call, ...args);
  });
});
