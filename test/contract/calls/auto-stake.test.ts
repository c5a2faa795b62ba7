/** Where a coldkey's mining emission is staked (spec/subtensor-interface.md 2.3). */
import { expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers(
  "SubtensorModule.set_coldkey_auto_stake_hotkey",
  "SubnetNotExists",
  "HotKeyNotRegisteredInSubNet",
  "SameAutoStakeHotkeyAlreadySet",
);

const { stranger, validator, miner, strangerHot } = people;
const h = harness(subnetWorld);
const call = "SubtensorModule.set_coldkey_auto_stake_hotkey";
const coldkeysOf = (hotkey: string) => h.get("SubtensorModule.AutoStakeDestinationColdkeys", hotkey, NETUID);

it("stores the destination both ways and tells it; another one takes its place", async () => {
  expect(await h.ok(stranger, call, NETUID, validator.address)).toEqual([
    ["SubtensorModule.AutoStakeDestinationSet", stranger.address, NETUID, validator.address],
  ]);
  expect(await h.get("SubtensorModule.AutoStakeDestination", stranger.address, NETUID)).toBe(validator.address);
  expect(await coldkeysOf(validator.address)).toEqual([stranger.address]);
  await h.ok(stranger, call, NETUID, miner.address);
  expect(await coldkeysOf(validator.address)).toEqual([]);
  expect(await coldkeysOf(miner.address)).toEqual([stranger.address]);
});

it("refuses in the order subnet, registration, same", async () => {
  await h.fails("SubnetNotExists", stranger, call, 99, strangerHot.address);
  await h.fails("HotKeyNotRegisteredInSubNet", stranger, call, NETUID, strangerHot.address);
  await h.ok(stranger, call, NETUID, validator.address);
  await h.fails("SameAutoStakeHotkeyAlreadySet", stranger, call, NETUID, validator.address);
});
