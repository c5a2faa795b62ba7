/** Dividends of root stakers: how they want them, claiming, the settings around it (spec/subtensor-interface.md 2.3, spec/economics.md 3.10). */
import { describe, expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness, TAO } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers("SubtensorModule.claim_root", "InvalidSubnetNumber");
covers("SubtensorModule.set_root_claim_type", "InvalidSubnetNumber");
covers("SubtensorModule.sudo_set_num_root_claims", "BadOrigin", "InvalidNumRootClaim");
covers("SubtensorModule.sudo_set_root_claim_threshold", "BadOrigin", "InvalidRootClaimThreshold");

const { owner, staker, stranger, validator } = people;
const h = harness(async (world) => {
  await subnetWorld(world);
  await world.ok(staker, "SubtensorModule.add_stake", validator.address, 0, 100n * TAO);
  // 0.01 alpha per TAO of root stake: one alpha owed. No automatic claims.
  await world.setSubtensor({
    NumRootClaim: 0,
    RootClaimable: [[[validator.address], [[NETUID, { bits: String((1n << 32n) / 100n) }]]]],
  });
});
const claimed = () => h.int("SubtensorModule.RootClaimed", NETUID, validator.address, staker.address);

describe("SubtensorModule.claim_root", () => {
  const call = "SubtensorModule.claim_root";

  it("keeps the alpha where the coldkey wants it kept, once", async () => {
    await h.ok(staker, "SubtensorModule.set_root_claim_type", "Keep");
    const before = await h.stakeOf(staker, validator, NETUID);
    expect(await h.ok(staker, call, [NETUID])).toEqual([["SubtensorModule.RootClaimed", staker.address]]);
    const owed = (await h.stakeOf(staker, validator, NETUID)) - before;
    expect(Number(owed) / 1e9).toBeCloseTo(1, 6);
    expect(await claimed()).toBe(owed);
    await h.ok(staker, call, [NETUID]);
    expect(await claimed()).toBe(owed);
  });

  it("sells it for root stake otherwise, without a fee and without stake events", async () => {
    const root = await h.stakeOf(staker, validator, 0);
    const events = await h.ok(staker, call, [NETUID]);
    expect(events.at(-1)).toEqual(["SubtensorModule.RootClaimed", staker.address]);
    expect(events.map(([name]) => name)).not.toContain("SubtensorModule.StakeAdded");
    expect(await h.stakeOf(staker, validator, 0)).toBeGreaterThan(root + TAO / 3n);
    expect(await claimed()).toBeGreaterThan(99n * (TAO / 100n));
  });

  it("keeps on some subnets only where the coldkey says so", async () => {
    await h.ok(staker, "SubtensorModule.set_root_claim_type", { KeepSubnets: { subnets: [1] } });
    const root = await h.stakeOf(staker, validator, 0);
    await h.ok(staker, call, [NETUID]);
    expect(await h.stakeOf(staker, validator, 0)).toBeGreaterThan(root);
  });

  it("leaves what is below the subnet's threshold, and other subnets", async () => {
    await h.ok(staker, call, [1]);
    expect(await claimed()).toBe(0n);
    await h.root("SubtensorModule.sudo_set_root_claim_threshold", NETUID, 10_000_000);
    await h.setSubtensor({ RootClaimable: [[[validator.address], [[NETUID, { bits: "100" }]]]] });
    await h.ok(staker, call, [NETUID]);
    expect(await claimed()).toBe(0n);
  });

  it("takes one to five subnets", async () => {
    await h.fails("InvalidSubnetNumber", staker, call, []);
    await h.fails("InvalidSubnetNumber", staker, call, [1, 2, 3, 4, 5, 6]);
    await h.ok(stranger, call, [1, 2, 3, 4, 5]);
  });
});

describe("SubtensorModule.set_root_claim_type", () => {
  const call = "SubtensorModule.set_root_claim_type";

  it.each([
    ["Swap", { swap: null }],
    ["Keep", { keep: null }],
    [{ KeepSubnets: { subnets: [1, 2] } }, { keepSubnets: { subnets: [1, 2] } }],
  ])("stores and tells %j", async (type, stored) => {
    expect(await h.ok(staker, call, type)).toEqual([["SubtensorModule.RootClaimTypeSet", staker.address, stored]]);
    expect(await h.get("SubtensorModule.RootClaimType", staker.address)).toEqual(stored);
  });

  it("refuses to keep on no subnet", async () => {
    await h.fails("InvalidSubnetNumber", staker, call, { KeepSubnets: { subnets: [] } });
  });
});

describe("SubtensorModule.sudo_set_num_root_claims", () => {
  const call = "SubtensorModule.sudo_set_num_root_claims";

  it("is root's, up to 50", async () => {
    expect(await h.root(call, 50)).toEqual([]);
    expect(await h.get("SubtensorModule.NumRootClaim")).toBe(50);
    await h.rootFails("InvalidNumRootClaim", call, 51);
    await h.fails("BadOrigin", owner, call, 99);
  });

  it("makes blocks claim for the coldkeys they draw", async () => {
    await h.root(call, 5);
    await h.blocks(5);
    expect(await claimed()).toBeGreaterThan(0n);
  });
});

describe("SubtensorModule.sudo_set_root_claim_threshold", () => {
  const call = "SubtensorModule.sudo_set_root_claim_threshold";

  it("is root's and the owner's, up to 10,000,000", async () => {
    expect(await h.root(call, NETUID, 10_000_000)).toEqual([]);
    expect(await h.ok(owner, call, NETUID, 7)).toEqual([]);
    expect(await h.get("SubtensorModule.RootClaimableThreshold", NETUID)).toEqual({ bits: 7 * 2 ** 32 });
    await h.fails("BadOrigin", stranger, call, NETUID, 10_000_001);
    await h.fails("InvalidRootClaimThreshold", owner, call, NETUID, 10_000_001);
  });
});
