/** Subnets come, start, say who they are, run their epochs and go (spec/subtensor-interface.md 2.3, 5.1, 5.4, 5.6). */
import { describe, expect, it } from "vitest";
import { encodeAddress } from "@polkadot/util-crypto";
import { subnetAccount } from "../../../chain/src/node/runtime/subtensor/state/ids.ts";
import { covers, coversErrors } from "./coverage.ts";
import { harness, key, TAO } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers(
  "SubtensorModule.register_network",
  "NonAssociatedColdKey",
  "CannotUseSystemAccount",
  "SubNetRegistrationDisabled",
  "NetworkTxRateLimitExceeded",
  "SubnetLimitReached",
  "CannotAffordLockCost",
);
covers(
  "SubtensorModule.register_network_with_identity",
  "NonAssociatedColdKey",
  "CannotUseSystemAccount",
  "SubNetRegistrationDisabled",
  "NetworkTxRateLimitExceeded",
  "SubnetLimitReached",
  "CannotAffordLockCost",
  "InvalidIdentity",
);
covers(
  "SubtensorModule.start_call",
  "SubnetNotExists",
  "BadOrigin",
  "FirstEmissionBlockNumberAlreadySet",
  "NeedWaitingMoreBlocksToStarCall",
);
covers("SubtensorModule.dissolve_network", "BadOrigin", "SubnetNotExists");
covers("SubtensorModule.root_dissolve_network", "BadOrigin", "SubnetNotExists");
covers("SubtensorModule.set_subnet_identity", "NotSubnetOwner", "InvalidIdentity");
covers("SubtensorModule.set_identity", "HotKeyNotRegisteredInNetwork", "InvalidIdentity");
covers("SubtensorModule.update_symbol", "BadOrigin", "SymbolDoesNotExist", "SymbolAlreadyInUse");
covers(
  "SubtensorModule.set_tempo",
  "BadOrigin",
  "TempoOutOfBounds",
  "AdminActionProhibitedDuringWeightsWindow",
  "TxRateLimitExceeded",
);
covers(
  "SubtensorModule.set_activity_cutoff_factor",
  "BadOrigin",
  "ActivityCutoffFactorMilliOutOfBounds",
  "AdminActionProhibitedDuringWeightsWindow",
  "TxRateLimitExceeded",
);
covers(
  "SubtensorModule.trigger_epoch",
  "BadOrigin",
  "DynamicTempoBlockedByCommitReveal",
  "EpochTriggerAlreadyPending",
  "AutoEpochAlreadyImminent",
  "TxRateLimitExceeded",
);
coversErrors("SubtensorModule.schedule_swap_coldkey", "Deprecated");

const { owner, ownerHot, staker, validator, stranger, strangerHot } = people;
const NEW = 3;
const pool = (netuid: number): string => encodeAddress(subnetAccount(netuid), 42);
const rich = people.sudo;
const richHot = key("//Alice//hot");
const h = harness(subnetWorld);

const identity = (change: Readonly<Record<string, string>> = {}) => ({
  subnetName: "name",
  githubRepo: "repo",
  subnetContact: "contact",
  subnetUrl: "url",
  discord: "discord",
  description: "description",
  logoUrl: "logo",
  additional: "",
  ...change,
});
const hexOf = (text: string): string => `0x${Buffer.from(text).toString("hex")}`;

describe.each([
  ["SubtensorModule.register_network", []],
  ["SubtensorModule.register_network_with_identity", [null]],
] as const)("%s", (call, tail) => {
  const atPool = call === "SubtensorModule.register_network";
  const args = (hotkey = richHot.address): unknown[] => [hotkey, ...tail];

  it("locks the cost, seeds the pool and makes the owner's hotkey uid 0, with the events of every setter", async () => {
    const cost = await h.int("SubtensorModule.NetworkLastLockCost");
    const { free } = await h.account(rich);
    const outcome = await h.submit(rich, h.tx(call, ...args()));
    expect(outcome).toMatchObject({
      kind: "ok",
      events: [
        ["System.NewAccount", pool(NEW)],
        ["Balances.Endowed", pool(NEW), expect.anything()],
        ["Balances.Transfer", rich.address, pool(NEW), expect.anything()],
        ["SubtensorModule.RegistrationAllowed", NEW, true],
        ["SubtensorModule.MaxAllowedUidsSet", NEW, 256],
        ["SubtensorModule.MaxAllowedValidatorsSet", NEW, 64],
        ["SubtensorModule.MinAllowedWeightSet", NEW, 1],
        ["SubtensorModule.ImmunityPeriodSet", NEW, 5_000],
        ["SubtensorModule.BurnSet", NEW, 1e9],
        ["SubtensorModule.SubnetOwnerHotkeySet", NEW, richHot.address],
        ["SubtensorModule.NetworkAdded", NEW, 1],
      ],
    });
    const { events, feeRao } = outcome as { events: readonly (readonly unknown[])[]; feeRao: bigint };
    const paid = BigInt(events[2]?.[3] as number);
    expect(paid).toBeGreaterThan(cost);
    expect(paid).toBeLessThanOrEqual(2n * cost);
    expect(free - (await h.account(rich)).free).toBe(paid + feeRao);
    const item = (name: string, ...keys: unknown[]) => h.get(`SubtensorModule.${name}`, NEW, ...keys);
    expect(await item("SubnetOwner")).toBe(rich.address);
    expect(await item("SubnetOwnerHotkey")).toBe(richHot.address);
    expect(await item("Uids", richHot.address)).toBe(0);
    expect(await item("SubnetMechanism")).toBe(1);
    expect(await item("Yuma3On")).toBe(true);
    expect(await item("SubnetEmissionEnabled")).toBe(false);
    expect(await item("SubtokenEnabled")).toBe(false);
    expect(await item("FirstEmissionBlockNumber")).toBeNull();
    expect(await item("CommitRevealWeightsEnabled")).toBe(true);
    expect(await item("Tempo")).toBe(10);
    expect(await item("NetworkRegisteredAt")).toBe(await h.height());
    expect(await item("LastEpochBlock")).toBe((await h.height()) - (NEW % 10));
    expect(await h.int("SubtensorModule.SubnetTAO", NEW)).toBe(paid);
    expect(await h.int("SubtensorModule.NetworkLastLockCost")).toBe(paid);
    expect(await h.get("SubtensorModule.TotalNetworks")).toBe(4);
  });

  it("makes root validators full parents of the owner's hotkey unless they opted out", async () => {
    await h.ok(staker, "SubtensorModule.root_register", validator.address);
    await h.ok(stranger, "SubtensorModule.root_register", strangerHot.address);
    await h.ok(stranger, "SubtensorModule.set_auto_parent_delegation_enabled", strangerHot.address, false);
    const events = await h.ok(rich, call, ...args());
    expect(events.slice(-2)).toEqual([
      ["SubtensorModule.SetChildren", validator.address, NEW, [["0xffffffffffffffff", richHot.address]]],
      ["SubtensorModule.NetworkAdded", NEW, 1],
    ]);
    expect(await h.get("SubtensorModule.ParentKeys", richHot.address, NEW)).toEqual([
      ["0xffffffffffffffff", validator.address],
    ]);
  });

  it("refuses in the order of the specification", async () => {
    await h.setSubtensor({
      NetworkRegistrationStartBlock: 1_000_000,
      NetworkRateLimit: 50_000,
      SubnetLimit: 1,
      Owner: [[[pool(9)], owner.address]],
    });
    if (atPool) {
      await h.guarded([6, "NetworkTxRateLimitExceeded"], stranger, call, ...args(validator.address));
      await h.setSubtensor({ NetworkRateLimit: 0 });
    }
    await h.fails("NonAssociatedColdKey", stranger, call, ...args(validator.address));
    await h.setSubtensor({ Owner: [[[pool(9)], null]] });
    await h.fails("CannotUseSystemAccount", stranger, call, ...args(pool(9)));
    await h.fails("SubNetRegistrationDisabled", stranger, call, ...args(strangerHot.address));
    await h.setSubtensor({ NetworkRegistrationStartBlock: 0 });
    if (!atPool) {
      await h.fails("NetworkTxRateLimitExceeded", stranger, call, ...args(strangerHot.address));
      await h.setSubtensor({ NetworkRateLimit: 0 });
    }
    await h.fund(stranger, 10n * TAO);
    await h.fails("SubnetLimitReached", stranger, call, ...args(strangerHot.address));
    await h.setSubtensor({ SubnetLimit: 9 });
    await h.fails("CannotAffordLockCost", stranger, call, ...args(strangerHot.address));
  });

  it("opens again exactly NetworkRateLimit blocks after the last registration", async () => {
    await h.ok(rich, call, ...args());
    const registered = await h.height();
    await h.setSubtensor({ NetworkRateLimit: 5 });
    await h.nextIs(registered + 4);
    const early = await h.submit(rich, h.tx(call, ...args(key("//Alice//second").address)));
    expect(early).toMatchObject(
      atPool ? { data: "Custom error: 6" } : { error: "SubtensorModule.NetworkTxRateLimitExceeded" },
    );
    if (atPool) await h.blocks(1);
    await h.ok(rich, call, ...args(key("//Alice//second").address));
  });

  it("at the limit takes the place of the cheapest subnet out of immunity, and pays its holders", async () => {
    await h.setSubtensor({
      SubnetLimit: 2,
      NetworkImmunityPeriod: 10,
      SubnetMovingPrice: [[[1], { bits: "99999999999" }]],
    });
    await h.blocks(10);
    const { free } = await h.account(staker);
    const events = await h.ok(rich, call, ...args());
    expect(events).toContainEqual(["SubtensorModule.NetworkRemoved", NETUID]);
    expect(events.at(-1)).toEqual(["SubtensorModule.NetworkAdded", NETUID, 1]);
    expect(await h.get("SubtensorModule.SubnetOwner", NETUID)).toBe(rich.address);
    expect((await h.account(staker)).free).toBeGreaterThan(free + 90n * TAO);
    expect(await h.get("SubtensorModule.TotalNetworks")).toBe(3);
  });
});

describe("SubtensorModule.register_network_with_identity", () => {
  const call = "SubtensorModule.register_network_with_identity";

  it("stores the identity and tells it after the owner's hotkey", async () => {
    const names = (await h.ok(rich, call, richHot.address, identity())).map(([name]) => name);
    expect(names.slice(-3)).toEqual([
      "SubtensorModule.SubnetOwnerHotkeySet",
      "SubtensorModule.SubnetIdentitySet",
      "SubtensorModule.NetworkAdded",
    ]);
    expect(await h.get("SubtensorModule.SubnetIdentitiesV3", NEW)).toMatchObject({ subnetName: hexOf("name") });
  });

  it("refuses a bad identity after the cost, whole", async () => {
    const long = identity({ discord: "d".repeat(257) });
    await h.fails("InvalidIdentity", rich, call, richHot.address, long);
    await h.fund(stranger, TAO);
    await h.fails("CannotAffordLockCost", stranger, call, strangerHot.address, long);
  });
});

describe("SubtensorModule.start_call", () => {
  const call = "SubtensorModule.start_call";

  it("starts emission with the next block and opens staking", async () => {
    await h.ok(rich, "SubtensorModule.register_network", richHot.address);
    const events = await h.ok(rich, call, NEW);
    expect(events).toEqual([["SubtensorModule.FirstEmissionBlockNumberSet", NEW, (await h.height()) + 1]]);
    expect(await h.get("SubtensorModule.SubtokenEnabled", NEW)).toBe(true);
  });

  it("refuses in the order existence, owner, started, delay", async () => {
    await h.setSubtensor({ StartCallDelay: 100 });
    await h.ok(rich, "SubtensorModule.register_network", richHot.address);
    await h.fails("SubnetNotExists", stranger, call, 99);
    await h.fails("BadOrigin", stranger, call, NETUID);
    await h.fails("FirstEmissionBlockNumberAlreadySet", owner, call, NETUID);
    const registered = Number(await h.int("SubtensorModule.NetworkRegisteredAt", NEW));
    await h.nextIs(registered + 99);
    await h.fails("NeedWaitingMoreBlocksToStarCall", rich, call, NEW);
    await h.ok(rich, call, NEW);
  });
});

describe.each([
  ["SubtensorModule.dissolve_network", [people.owner.address]],
  ["SubtensorModule.root_dissolve_network", []],
])("%s", (call, head) => {
  it("is root's, pays the holders from the pool and deletes the subnet", async () => {
    await h.fails("BadOrigin", owner, call, ...head, NETUID);
    await h.rootFails("SubnetNotExists", call, ...head, 99);
    await h.rootFails("SubnetNotExists", call, ...head, 0);
    const { free } = await h.account(staker);
    expect(await h.root(call, ...head, NETUID)).toContainEqual(["SubtensorModule.NetworkRemoved", NETUID]);
    expect((await h.account(staker)).free).toBeGreaterThan(free);
    expect(await h.get("SubtensorModule.NetworksAdded", NETUID)).toBe(false);
    expect(await h.get("SubtensorModule.Uids", NETUID, validator.address)).toBeNull();
    expect(await h.get("SubtensorModule.IsNetworkMember", validator.address, NETUID)).toBe(false);
    expect(await h.stakeOf(staker, validator, NETUID)).toBe(0n);
    expect(await h.int("SubtensorModule.SubnetTAO", NETUID)).toBe(0n);
  });
});

describe("SubtensorModule.set_subnet_identity", () => {
  const call = "SubtensorModule.set_subnet_identity";
  const args = (change: Readonly<Record<string, string>> = {}, netuid = NETUID): unknown[] => {
    const { subnetName, githubRepo, subnetContact, subnetUrl, discord, description, logoUrl, additional } =
      identity(change);
    return [netuid, subnetName, githubRepo, subnetContact, subnetUrl, discord, description, logoUrl, additional];
  };

  it("is the owner's", async () => {
    expect(await h.ok(owner, call, ...args())).toEqual([["SubtensorModule.SubnetIdentitySet", NETUID]]);
    expect(await h.get("SubtensorModule.SubnetIdentitiesV3", NETUID)).toMatchObject({ discord: hexOf("discord") });
    await h.fails("NotSubnetOwner", stranger, call, ...args({ discord: "d".repeat(257) }));
    await h.fails("NotSubnetOwner", owner, call, ...args({}, 99));
  });

  it.each([
    ["subnetName", 256],
    ["githubRepo", 1024],
    ["subnetContact", 1024],
    ["subnetUrl", 1024],
    ["discord", 256],
    ["description", 1024],
    ["logoUrl", 1024],
    ["additional", 1024],
  ])("takes %s up to %i bytes", async (field, most) => {
    await h.ok(owner, call, ...args({ [field]: "x".repeat(most) }));
    await h.fails("InvalidIdentity", owner, call, ...args({ [field]: "x".repeat(most + 1) }));
  });
});

describe("SubtensorModule.set_identity", () => {
  const call = "SubtensorModule.set_identity";
  const FIELDS = ["name", "url", "github", "image", "discord", "description", "additional"];
  const args = (long?: string, bytes = 0): string[] =>
    FIELDS.map((field) => (field === long ? "x".repeat(bytes) : field));

  it("is for coldkeys with a registered hotkey", async () => {
    expect(await h.ok(staker, call, ...args())).toEqual([["SubtensorModule.ChainIdentitySet", staker.address]]);
    expect(await h.get("SubtensorModule.IdentitiesV2", staker.address)).toMatchObject({ githubRepo: hexOf("github") });
    await h.fails("HotKeyNotRegisteredInNetwork", stranger, call, ...args("name", 999));
    await h.ok(stranger, "SubtensorModule.try_associate_hotkey", strangerHot.address);
    await h.fails("HotKeyNotRegisteredInNetwork", stranger, call, ...args());
  });

  it.each([
    ["name", 256],
    ["url", 256],
    ["github", 256],
    ["image", 1024],
    ["discord", 256],
    ["description", 1024],
    ["additional", 1024],
  ])("takes %s up to %i bytes", async (field, most) => {
    await h.ok(staker, call, ...args(field, most));
    await h.fails("InvalidIdentity", staker, call, ...args(field, most + 1));
  });
});

describe("SubtensorModule.update_symbol", () => {
  const call = "SubtensorModule.update_symbol";

  it("is the owner's and root's", async () => {
    expect(await h.ok(owner, call, NETUID, hexOf("ω"))).toEqual([
      ["SubtensorModule.SymbolUpdated", NETUID, hexOf("ω")],
    ]);
    expect(await h.get("SubtensorModule.TokenSymbol", NETUID)).toBe(hexOf("ω"));
    await h.root(call, NETUID, hexOf("ψ"));
  });

  it("refuses in the order origin, known, free", async () => {
    await h.fails("BadOrigin", stranger, call, NETUID, hexOf("??"));
    await h.fails("SymbolDoesNotExist", owner, call, NETUID, hexOf("??"));
    await h.fails("SymbolDoesNotExist", owner, call, NETUID, "0xff");
    await h.fails("SymbolAlreadyInUse", owner, call, NETUID, hexOf("α"));
    await h.fails("SymbolAlreadyInUse", owner, call, NETUID, hexOf("β"));
  });
});

describe("SubtensorModule.set_tempo", () => {
  const call = "SubtensorModule.set_tempo";

  it("sets the tempo and starts the cycle anew", async () => {
    expect(await h.ok(owner, call, NETUID, 360)).toEqual([["SubtensorModule.TempoSet", NETUID, 360]]);
    expect(await h.get("SubtensorModule.Tempo", NETUID)).toBe(360);
    expect(await h.get("SubtensorModule.LastEpochBlock", NETUID)).toBe(await h.height());
  });

  it("refuses in the order owner, bounds, window, rate", async () => {
    await h.setSubtensor({ PendingEpochAt: [[[NETUID], 900_000]] });
    await h.fails("BadOrigin", stranger, call, NETUID, 1);
    await h.rootFails("BadOrigin", call, NETUID, 360);
    await h.fails("TempoOutOfBounds", owner, call, NETUID, 359);
    await h.fails("TempoOutOfBounds", owner, call, NETUID, 50_401);
    await h.fails("AdminActionProhibitedDuringWeightsWindow", owner, call, NETUID, 360);
    await h.setSubtensor({ PendingEpochAt: [[[NETUID], 0]] });
    await h.ok(owner, call, NETUID, 50_400);
    const set = await h.height();
    await h.fails("TxRateLimitExceeded", owner, call, NETUID, 360);
    await h.nextIs(set + 359);
    await h.fails("TxRateLimitExceeded", owner, call, NETUID, 360);
    await h.ok(owner, call, NETUID, 360);
  });
});

describe("SubtensorModule.set_activity_cutoff_factor", () => {
  const call = "SubtensorModule.set_activity_cutoff_factor";

  it("is the owner's, limited, and root's at any time", async () => {
    expect(await h.ok(owner, call, NETUID, 1_000)).toEqual([
      ["SubtensorModule.ActivityCutoffFactorMilliSet", NETUID, 1_000],
    ]);
    expect(await h.get("SubtensorModule.ActivityCutoffFactorMilli", NETUID)).toBe(1_000);
    await h.fails("BadOrigin", stranger, call, NETUID, 1);
    await h.fails("ActivityCutoffFactorMilliOutOfBounds", owner, call, NETUID, 999);
    await h.rootFails("ActivityCutoffFactorMilliOutOfBounds", call, NETUID, 50_001);
    await h.setSubtensor({ OwnerHyperparamRateLimit: 1, PendingEpochAt: [[[NETUID], 900_000]] });
    await h.fails("AdminActionProhibitedDuringWeightsWindow", owner, call, NETUID, 2_000);
    await h.root(call, NETUID, 50_000);
    await h.setSubtensor({ PendingEpochAt: [[[NETUID], 0]] });
    await h.fails("TxRateLimitExceeded", owner, call, NETUID, 2_000);
    await h.root(call, NETUID, 2_000);
  });
});

describe("SubtensorModule.trigger_epoch", () => {
  const call = "SubtensorModule.trigger_epoch";

  it("schedules an epoch after the freeze window, which it closes", async () => {
    await h.setSubtensor({ CommitRevealWeightsEnabled: [[[NETUID], false]], AdminFreezeWindow: 4 });
    const index = Number(await h.int("SubtensorModule.SubnetEpochIndex", NETUID));
    const events = await h.ok(owner, call, NETUID);
    const at = (await h.height()) + 4;
    expect(events).toEqual([["SubtensorModule.EpochTriggered", NETUID, owner.address, at]]);
    await h.fails(
      "SubtensorModule.AdminActionProhibitedDuringWeightsWindow",
      owner,
      "AdminUtils.sudo_set_rho",
      NETUID,
      9,
    );
    await h.nextIs(at + 1);
    expect(await h.int("SubtensorModule.SubnetEpochIndex", NETUID)).toBe(BigInt(index + 1));
    expect(await h.get("SubtensorModule.PendingEpochAt", NETUID)).toBe(0);
    expect(await h.get("SubtensorModule.LastEpochBlock", NETUID)).toBe(at);
  });

  it("refuses in the order owner, commit-reveal, pending, imminent, rate", async () => {
    await h.setSubtensor({ AdminFreezeWindow: 50, PendingEpochAt: [[[NETUID], 900_000]], OwnerHyperparamRateLimit: 1 });
    // The block after the next one is `remaining` blocks before its automatic epoch.
    const remaining = async (blocks: number): Promise<void> =>
      h.setSubtensor({ Tempo: [[[NETUID], 100]], LastEpochBlock: [[[NETUID], (await h.height()) + 2 - 100 + blocks]] });
    await h.fails("BadOrigin", stranger, call, NETUID);
    await h.rootFails("BadOrigin", call, NETUID);
    await remaining(49);
    await h.fails("DynamicTempoBlockedByCommitReveal", owner, call, NETUID);
    await h.setSubtensor({ CommitRevealWeightsEnabled: [[[NETUID], false]] });
    await h.fails("EpochTriggerAlreadyPending", owner, call, NETUID);
    await h.setSubtensor({ PendingEpochAt: [[[NETUID], 0]] });
    await remaining(49);
    await h.fails("AutoEpochAlreadyImminent", owner, call, NETUID);
    await remaining(50);
    await h.ok(owner, call, NETUID);
    await h.setSubtensor({ PendingEpochAt: [[[NETUID], 0]], LastEpochBlock: [[[NETUID], await h.height()]] });
    await h.fails("TxRateLimitExceeded", owner, call, NETUID);
  });
});

describe("SubtensorModule.schedule_swap_coldkey", () => {
  it("is gone", async () => {
    await h.fails("Deprecated", stranger, "SubtensorModule.schedule_swap_coldkey", strangerHot.address);
    expect(await h.account(ownerHot)).toMatchObject({ nonce: 0 });
  });
});
