/** Voting power: an average of validators' stake weight, kept where it is asked for (spec/subtensor-interface.md 2.3). */
import { describe, expect, it } from "vitest";
import { VOTING_POWER_GRACE_BLOCKS } from "../../../chain/src/node/runtime/subtensor/calls/voting-power.ts";
import { covers } from "./coverage.ts";
import { harness } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers("SubtensorModule.enable_voting_power_tracking", "BadOrigin", "SubnetNotExists");
covers(
  "SubtensorModule.disable_voting_power_tracking",
  "BadOrigin",
  "SubnetNotExists",
  "VotingPowerTrackingNotEnabled",
);
covers("SubtensorModule.sudo_set_voting_power_ema_alpha", "BadOrigin", "SubnetNotExists", "InvalidVotingPowerEmaAlpha");

const { owner, stranger } = people;
const h = harness(subnetWorld);
const enable = "SubtensorModule.enable_voting_power_tracking";
const disable = "SubtensorModule.disable_voting_power_tracking";
const alpha = "SubtensorModule.sudo_set_voting_power_ema_alpha";

describe("tracking of voting power", () => {
  it("is the owner's or root's to switch on, and off after two weeks", async () => {
    await h.fails("BadOrigin", stranger, enable, NETUID);
    await h.rootFails("SubnetNotExists", enable, 99);
    await h.fails("BadOrigin", stranger, disable, NETUID);
    await h.rootFails("SubnetNotExists", disable, 99);
    await h.fails("VotingPowerTrackingNotEnabled", owner, disable, NETUID);
    expect(await h.ok(owner, enable, NETUID)).toEqual([["SubtensorModule.VotingPowerTrackingEnabled", NETUID]]);
    const told = await h.root(disable, NETUID);
    const end = (await h.height()) + Number(VOTING_POWER_GRACE_BLOCKS);
    expect(told).toEqual([["SubtensorModule.VotingPowerTrackingDisableScheduled", NETUID, end]]);
    expect(await h.get("SubtensorModule.VotingPowerDisableAtBlock", NETUID)).toBe(end);
    await h.ok(owner, enable, NETUID);
    expect(await h.get("SubtensorModule.VotingPowerDisableAtBlock", NETUID)).toBe(0);
  });

  it("weighs new stake as root says, by at most all", async () => {
    await h.fails("BadOrigin", owner, alpha, NETUID, 1);
    await h.rootFails("SubnetNotExists", alpha, 99, 1);
    await h.rootFails("InvalidVotingPowerEmaAlpha", alpha, NETUID, 10n ** 18n + 1n);
    expect((await h.root(alpha, NETUID, 1_000)).at(-1)).toEqual([
      "SubtensorModule.VotingPowerEmaAlphaSet",
      NETUID,
      1_000,
    ]);
    expect(await h.get("SubtensorModule.VotingPowerEmaAlpha", NETUID)).toBe(1_000);
  });
});
