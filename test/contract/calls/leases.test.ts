/** Subnets that a crowdloan pays for (metadata of 424; chain/src/node/runtime/subtensor/leases). */
import { encodeAddress } from "@polkadot/util-crypto";
import { describe, expect, it } from "vitest";
import { leaseAccount } from "../../../chain/src/node/runtime/subtensor/leases/register-lease.ts";
import { covers } from "./coverage.ts";
import { type Harness, harness, key, TAO } from "./harness.ts";
import { lift, must, people } from "./world.ts";

covers(
  "SubtensorModule.register_leased_network",
  "Crowdloan.InvalidCrowdloanId",
  "ExpectedBeneficiaryOrigin",
  "LeaseCannotEndInThePast",
  "Overflow",
);
covers(
  "SubtensorModule.terminate_lease",
  "LeaseDoesNotExist",
  "ExpectedBeneficiaryOrigin",
  "LeaseHasNoEndBlock",
  "LeaseHasNotEnded",
  "BeneficiaryDoesNotOwnHotkey",
);

const { owner, staker, stranger } = people;
const hot = key("//Bob//lease//hot");
const NETUID = 2;
const coldkey = encodeAddress(leaseAccount(0, "coldkey"), 42);
const h = harness(async (world) => {
  await lift(world);
  await must(world, owner, "SubtensorModule.try_associate_hotkey", hot.address);
  for (const who of [owner, staker]) await world.fund(who, 5_000n * TAO);
});
const register = "SubtensorModule.register_leased_network";
const terminate = "SubtensorModule.terminate_lease";

/** A crowdloan of Bob's and Charlie's, with a lease to its end. */
async function raise(world: Harness, endBlock: number | null): Promise<void> {
  const height = await world.height();
  const lease = world.tx(register, 40, endBlock);
  await must(world, owner, "Crowdloan.create", 750n * TAO, TAO, 1_500n * TAO, height + 100, lease, null);
  await must(world, staker, "Crowdloan.contribute", 0, 750n * TAO);
}

describe(register, () => {
  it("gives the contributors a subnet, and its creator the operation of it", async () => {
    await raise(h, null);
    const events = await h.ok(owner, "Crowdloan.finalize", 0);
    h.saw(register);
    expect(events.filter(([name]) => name === "SubtensorModule.SubnetLeaseCreated")).toEqual([
      ["SubtensorModule.SubnetLeaseCreated", owner.address, 0, NETUID, null],
    ]);
    expect(await h.get("SubtensorModule.SubnetOwner", NETUID)).toBe(coldkey);
    await must(h, owner, "Proxy.proxy", coldkey, null, h.tx("SubtensorModule.start_call", NETUID));
    expect(await h.get("SubtensorModule.SubtokenEnabled", NETUID)).toBe(true);
  });

  it("is for the crowdloan being finalised, by its creator, with an end to come", async () => {
    await h.fails("Crowdloan.InvalidCrowdloanId", owner, register, 40, null);
    await raise(h, 1);
    await h.fails("SubtensorModule.LeaseCannotEndInThePast", owner, "Crowdloan.finalize", 0);
    h.sawError(register, "SubtensorModule.LeaseCannotEndInThePast");
    await h.set({ Crowdloan: { CurrentCrowdloanId: 0 } });
    await h.fails("ExpectedBeneficiaryOrigin", stranger, register, 40, null);
    await h.setSubtensor({ NextSubnetLeaseId: 0xffff_ffff });
    await h.fails("Overflow", owner, register, 40, null);
  });
});

describe(terminate, () => {
  it("gives the subnet to its beneficiary at the end", async () => {
    await h.fails("LeaseDoesNotExist", owner, terminate, 0, hot.address);
    const end = (await h.height()) + 40;
    await raise(h, end);
    await h.ok(owner, "Crowdloan.finalize", 0);
    await h.fails("ExpectedBeneficiaryOrigin", stranger, terminate, 0, hot.address);
    await h.fails("LeaseHasNotEnded", owner, terminate, 0, hot.address);
    await h.nextIs(end);
    await h.fails("BeneficiaryDoesNotOwnHotkey", owner, terminate, 0, people.strangerHot.address);
    expect(await h.ok(owner, terminate, 0, hot.address)).toContainEqual([
      "SubtensorModule.SubnetLeaseTerminated",
      owner.address,
      NETUID,
    ]);
    expect(await h.get("SubtensorModule.SubnetOwner", NETUID)).toBe(owner.address);
    expect(await h.get("SubtensorModule.SubnetOwnerHotkey", NETUID)).toBe(hot.address);
  });

  it("never ends a lease without an end", async () => {
    await raise(h, null);
    await h.ok(owner, "Crowdloan.finalize", 0);
    await h.fails("LeaseHasNoEndBlock", owner, terminate, 0, hot.address);
  });
});
