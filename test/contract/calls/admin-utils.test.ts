/** AdminUtils: every setter by everyone, at every time (spec/subtensor-interface.md 2.1, 2.4). */
import { describe, expect, it } from "vitest";
import { adminClaims, adminSettings, itemOf, keysOf } from "./admin-settings.ts";
import { covers, coversErrors } from "./coverage.ts";
import { harness, key, TAO } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

for (const [call, errors] of adminClaims()) covers(call, ...errors);
covers("AdminUtils.sudo_toggle_evm_precompile", "BadOrigin");
covers(
  "AdminUtils.sudo_set_subnet_owner_hotkey",
  "SubtensorModule.TxRateLimitExceeded",
  "SubtensorModule.CannotUseSystemAccount",
);
covers(
  "AdminUtils.sudo_set_sn_owner_hotkey",
  "SubtensorModule.TxRateLimitExceeded",
  "SubtensorModule.CannotUseSystemAccount",
);
covers("AdminUtils.sudo_set_weights_version_key", "SubtensorModule.TxRateLimitExceeded");
covers("AdminUtils.sudo_set_max_allowed_uids", "MaxAllowedUIdsLessThanCurrentUIds");
covers("AdminUtils.sudo_set_alpha_values", "SubtensorModule.LiquidAlphaDisabled");
covers("AdminUtils.sudo_set_mechanism_count", "SubtensorModule.MechanismDoesNotExist");
coversErrors("AdminUtils.sudo_set_network_pow_registration_allowed", "POWRegistrationDisabled");
coversErrors("AdminUtils.sudo_set_total_issuance", "Deprecated");

const { owner, stranger, sudo } = people;
const h = harness(async (world) => {
  await subnetWorld(world);
  await world.setSubtensor({ LiquidAlphaOn: [[[NETUID], true]], MinChildkeyTake: 100 });
});
/** A pending epoch closes the window of a subnet. */
const close = (netuid: number) => h.setSubtensor({ PendingEpochAt: [[[netuid], 900_000]] });
const FROZEN = "SubtensorModule.AdminActionProhibitedDuringWeightsWindow";
const byOwner = adminSettings.filter(({ access }) => access !== "root");

describe.each(adminSettings)("$call", (setting) => {
  const { call, netuid, window, exists, notRoot, refused = [], event, adminEvent } = setting;
  const args = (values = setting.args, of: number = NETUID): unknown[] => (netuid ? [of, ...values] : [...values]);
  const [, value] = setting.stored;
  const told = [
    ...(event === undefined ? [] : [[`SubtensorModule.${event}`, ...(netuid ? [NETUID] : []), value]]),
    ...(adminEvent === undefined ? [] : [[`AdminUtils.${adminEvent}`, NETUID, value]]),
  ];

  it("is set by root, told and stored; a stranger may not", async () => {
    expect(await h.root(call, ...args())).toEqual(told);
    expect(await h.get(itemOf(setting), ...keysOf(setting))).toEqual(value);
    await h.fails("BadOrigin", stranger, call, ...args());
    if (setting.access === "root") await h.fails("BadOrigin", owner, call, ...args());
  });

  if (netuid)
    it(window ? "waits for the freeze window to end, root too" : "is open in the freeze window", async () => {
      await close(NETUID);
      if (!window) {
        await h.root(call, ...args());
        return;
      }
      await h.rootFails(FROZEN, call, ...args());
      if (setting.access !== "root") await h.fails(FROZEN, owner, call, ...args());
      await close(99);
      if (exists) await h.rootFails(FROZEN, call, ...args(setting.args, 99));
    });

  if (exists)
    it("asks for a subnet that exists", async () => {
      await h.rootFails("SubnetDoesNotExist", call, ...args(setting.args, 99));
      await h.fails("BadOrigin", owner, call, ...args(setting.args, 99));
    });

  if (notRoot)
    it("is not for the root network", () => h.rootFails("NotPermittedOnRootSubnet", call, ...args(setting.args, 0)));

  if (refused.length > 0)
    it("keeps its values in bounds", async () => {
      for (const [values, error, who] of refused) {
        if (setting.access !== "root") await h.fails(error, owner, call, ...args(values));
        if (who === "owner") await h.root(call, ...args(values));
        else await h.rootFails(error, call, ...args(values));
      }
    });
});

describe.each(byOwner)("$call", (setting) => {
  const { call } = setting;
  const args = [NETUID, ...setting.args];

  it("is set by the owner", async () => {
    const events = await h.ok(owner, call, ...args);
    expect(events.map(([name]) => name)).toEqual([
      ...(setting.event === undefined ? [] : [`SubtensorModule.${setting.event}`]),
      ...(setting.adminEvent === undefined ? [] : [`AdminUtils.${setting.adminEvent}`]),
    ]);
    expect(await h.get(itemOf(setting), ...keysOf(setting))).toEqual(setting.stored[1]);
  });

  if (setting.access === "owner+limit")
    it("opens to the owner again tempo times OwnerHyperparamRateLimit blocks after, to root at any time", async () => {
      await h.setSubtensor({ OwnerHyperparamRateLimit: 2, Tempo: [[[NETUID], 3]], MaxEpochsPerBlock: 1 });
      await h.setSubtensor({ LastEpochBlock: [[[NETUID], 900_000]] });
      await h.ok(owner, call, ...args);
      const set = await h.height();
      await h.fails("SubtensorModule.TxRateLimitExceeded", owner, call, ...args);
      await h.root(call, ...args);
      await h.nextIs(set + 5);
      await h.fails("SubtensorModule.TxRateLimitExceeded", owner, call, ...args);
      await h.ok(owner, call, ...args);
    });
});

describe("the owner's limit", () => {
  const [rho, immunity] = ["AdminUtils.sudo_set_rho", "AdminUtils.sudo_set_immunity_period"];
  const limited = "SubtensorModule.TxRateLimitExceeded";

  it("counts each parameter for itself, does not count what failed, and comes before window, subnet and value", async () => {
    await h.setSubtensor({ OwnerHyperparamRateLimit: 1 });
    await close(NETUID);
    await h.fails(FROZEN, owner, rho, NETUID, 1);
    await h.setSubtensor({ PendingEpochAt: [[[NETUID], 0]] });
    await h.ok(owner, rho, NETUID, 1);
    await h.ok(owner, immunity, NETUID, 1);
    await close(NETUID);
    await h.fails(limited, owner, rho, NETUID, 2);
    await h.fails("BadOrigin", stranger, rho, NETUID, 2);
  });

  it("is one for the version key: five tempos", async () => {
    const call = "AdminUtils.sudo_set_weights_version_key";
    await h.setSubtensor({ Tempo: [[[NETUID], 2]], LastEpochBlock: [[[NETUID], 900_000]] });
    await h.ok(owner, call, NETUID, 1);
    const set = await h.height();
    await h.nextIs(set + 9);
    await h.fails(limited, owner, call, NETUID, 2);
    await h.ok(owner, call, NETUID, 2);
    await h.root(call, NETUID, 3);
  });

  it.each(["AdminUtils.sudo_set_subnet_owner_hotkey", "AdminUtils.sudo_set_sn_owner_hotkey"])(
    "of the owner hotkey, 50400 blocks, is shared by both calls and root's too: %s",
    async (call) => {
      await h.ok(owner, call, NETUID, people.miner.address);
      await h.rootFails(limited, "AdminUtils.sudo_set_sn_owner_hotkey", NETUID, people.validator.address);
      await h.fails(limited, owner, "AdminUtils.sudo_set_subnet_owner_hotkey", NETUID, people.validator.address);
      await h.setSubtensor({ LastRateLimitedBlock: [[[{ SetSNOwnerHotkey: NETUID }], 0]] });
      await h.fails(
        "SubtensorModule.CannotUseSystemAccount",
        owner,
        call,
        NETUID,
        "5EYCAe5jLQhn6ofDSvqnamdFGeCvHs9TSZtbJ84bdf7qQRc6",
      );
    },
  );
});

describe("the freeze window", () => {
  it("is the last AdminFreezeWindow blocks before an automatic epoch", async () => {
    await h.setSubtensor({ AdminFreezeWindow: 10, Tempo: [[[NETUID], 100]] });
    const at = async (remaining: number): Promise<void> =>
      h.setSubtensor({ LastEpochBlock: [[[NETUID], (await h.height()) + 2 - 100 + remaining]] });
    await at(10);
    await h.ok(owner, "AdminUtils.sudo_set_rho", NETUID, 3);
    await at(9);
    await h.fails(FROZEN, owner, "AdminUtils.sudo_set_rho", NETUID, 4);
    await at(1);
    await h.fails(FROZEN, owner, "AdminUtils.sudo_set_rho", NETUID, 4);
    await h.setSubtensor({ Tempo: [[[NETUID], 0]] });
    await h.ok(owner, "AdminUtils.sudo_set_rho", NETUID, 4);
  });
});

describe("single setters", () => {
  it("sudo_set_max_allowed_uids keeps room for the neurons that are there", async () => {
    await h.setSubtensor({ MinAllowedUids: [[[NETUID], 1]] });
    await h.fails("MaxAllowedUIdsLessThanCurrentUIds", owner, "AdminUtils.sudo_set_max_allowed_uids", NETUID, 2);
    await h.ok(owner, "AdminUtils.sudo_set_max_allowed_uids", NETUID, 3);
    await h.ok(owner, "AdminUtils.sudo_set_max_allowed_uids", NETUID, 256);
  });

  it("sudo_set_alpha_values asks for liquid alpha first", async () => {
    await h.setSubtensor({ LiquidAlphaOn: [[[NETUID], false]] });
    await h.fails("SubtensorModule.LiquidAlphaDisabled", owner, "AdminUtils.sudo_set_alpha_values", NETUID, 1, 1);
  });

  it("sudo_set_tempo starts the cycle anew and takes root's tempo", async () => {
    await h.root("AdminUtils.sudo_set_tempo", NETUID, 50);
    expect(await h.get("SubtensorModule.LastEpochBlock", NETUID)).toBe(await h.height());
    await h.root("AdminUtils.sudo_set_tempo", 0, 65_535);
    expect(await h.get("SubtensorModule.Tempo", 0)).toBe(65_535);
  });

  it("sudo_set_nominator_min_required_stake clears nominations below it", async () => {
    await h.ok(stranger, "SubtensorModule.add_stake", people.validator.address, NETUID, TAO);
    await h.root("AdminUtils.sudo_set_nominator_min_required_stake", 1_000_000_000_000);
    expect(await h.stakeOf(stranger, people.validator, NETUID)).toBe(0n);
    expect(await h.stakeOf(people.staker, people.validator, NETUID)).toBeGreaterThan(0n);
  });

  it("sudo_set_mechanism_count adds empty mechanisms, drops them with their weights, and forgets the split", async () => {
    const count = "AdminUtils.sudo_set_mechanism_count";
    await h.rootFails("SubtensorModule.MechanismDoesNotExist", count, 99, 1);
    await h.setSubtensor({ MaxAllowedUids: [[[NETUID], 128]] });
    await h.ok(owner, count, NETUID, 2);
    expect(await h.get("SubtensorModule.LastUpdate", 4096 + NETUID)).toEqual([0, 0, 0]);
    await h.ok(owner, "AdminUtils.sudo_set_mechanism_emission_split", NETUID, [1, 65_534]);
    await h.setSubtensor({ Weights: [[[4096 + NETUID, 1], [[0, 1]]]] });
    await h.ok(owner, count, NETUID, 1);
    expect(await h.get("SubtensorModule.Weights", 4096 + NETUID, 1)).toEqual([]);
    expect(await h.get("SubtensorModule.MechanismEmissionSplit", NETUID)).toBeNull();
    await h.ok(owner, "AdminUtils.sudo_set_mechanism_emission_split", NETUID, null);
  });

  it("sudo_toggle_evm_precompile tells a change only", async () => {
    const call = "AdminUtils.sudo_toggle_evm_precompile";
    expect(await h.root(call, "Neuron", false)).toEqual([["AdminUtils.PrecompileUpdated", "Neuron", false]]);
    expect(await h.get("AdminUtils.PrecompileEnable", "Neuron")).toBe(false);
    expect(await h.root(call, "Neuron", false)).toEqual([]);
    await h.fails("BadOrigin", owner, call, "Neuron", true);
  });

  it("sudo_set_network_pow_registration_allowed and sudo_set_total_issuance fail for everyone", async () => {
    for (const who of [owner, stranger, sudo]) {
      await h.fails(
        "POWRegistrationDisabled",
        who,
        "AdminUtils.sudo_set_network_pow_registration_allowed",
        NETUID,
        true,
      );
      await h.fails("Deprecated", who, "AdminUtils.sudo_set_total_issuance", 1);
    }
    await h.rootFails("Deprecated", "AdminUtils.sudo_set_total_issuance", 1);
    expect(await h.account(key("//Nobody"))).toMatchObject({ nonce: 0 });
  });
});
