/** Seats on the root network (spec/subtensor-interface.md 2.3). */
import { expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness, key } from "./harness.ts";
import { people, subnetWorld } from "./world.ts";

covers(
  "SubtensorModule.root_register",
  "RootNetworkDoesNotExist",
  "TooManyRegistrationsThisBlock",
  "TooManyRegistrationsThisInterval",
  "HotKeyAlreadyRegisteredInSubNet",
  "StakeTooLowForRoot",
);

const { staker, validator, stranger, strangerHot } = people;
const h = harness(subnetWorld);
const call = "SubtensorModule.root_register";

it("seats a hotkey for nothing but the fee, makes it a delegate and counts", async () => {
  const { free } = await h.account(stranger);
  const outcome = await h.submit(stranger, h.tx(call, strangerHot.address));
  expect(outcome).toMatchObject({
    kind: "ok",
    events: [["SubtensorModule.NeuronRegistered", 0, 0, strangerHot.address]],
  });
  await h.ok(staker, call, validator.address);
  expect(free - (await h.account(stranger)).free).toBe((outcome as { feeRao: bigint }).feeRao);
  expect(await h.get("SubtensorModule.Owner", strangerHot.address)).toBe(stranger.address);
  expect(await h.get("SubtensorModule.Delegates", strangerHot.address)).toBe(11_796);
  expect(await h.get("SubtensorModule.Keys", 0, 1)).toBe(validator.address);
  expect(await h.get("SubtensorModule.RegistrationsThisBlock", 0)).toBe(1);
});

it("does not ask who owns the hotkey, and keeps a take that is set", async () => {
  await h.setSubtensor({ Delegates: [[[validator.address], 7]] });
  await h.ok(stranger, call, validator.address);
  expect(await h.get("SubtensorModule.Owner", validator.address)).toBe(staker.address);
  expect(await h.get("SubtensorModule.Delegates", validator.address)).toBe(7);
});

it("refuses in the order existence, block, interval, seat, stake", async () => {
  await h.ok(staker, call, validator.address);
  await h.setSubtensor({
    MaxRegistrationsPerBlock: [[[0], 0]],
    TargetRegistrationsPerInterval: [[[0], 0]],
    NetworksAdded: [[[0], false]],
    MaxAllowedUids: [[[0], 1]],
    Tempo: [[[0], 60_000]],
  });
  await h.fails("RootNetworkDoesNotExist", staker, call, validator.address);
  await h.setSubtensor({ NetworksAdded: [[[0], true]] });
  await h.fails("TooManyRegistrationsThisBlock", staker, call, validator.address);
  await h.setSubtensor({ MaxRegistrationsPerBlock: [[[0], 9]] });
  await h.fails("TooManyRegistrationsThisInterval", staker, call, validator.address);
  await h.setSubtensor({ TargetRegistrationsPerInterval: [[[0], 3]] });
  await h.fails("HotKeyAlreadyRegisteredInSubNet", staker, call, validator.address);
  await h.fails("StakeTooLowForRoot", stranger, call, strangerHot.address);
});

it("takes one registration a block; three per interval while root's tempo lasts, any number of intervals after", async () => {
  const tx = (name: string) => h.tx(call, key(`//Eve//${name}`).address);
  await h.setSubtensor({ MaxRegistrationsPerBlock: [[[0], 1]] });
  const outcome = await h.submit(stranger, h.tx("Utility.batch_all", [tx("a"), tx("b")]));
  expect(outcome).toMatchObject({ kind: "failed", error: "SubtensorModule.TooManyRegistrationsThisBlock" });
  for (const name of ["a", "b", "c", "d"]) await h.ok(stranger, call, key(`//Eve//${name}`).address);
  await h.setSubtensor({ Tempo: [[[0], 60_000]], RegistrationsThisInterval: [[[0], 0]] });
  for (const name of ["e", "f", "g"]) await h.ok(stranger, call, key(`//Eve//${name}`).address);
  await h.fails("TooManyRegistrationsThisInterval", stranger, call, key("//Eve//i").address);
});

it("gives the seat of the hotkey with least root stake to one with more", async () => {
  await h.ok(staker, call, validator.address);
  await h.ok(stranger, "SubtensorModule.try_associate_hotkey", strangerHot.address);
  await h.setSubtensor({ MaxAllowedUids: [[[0], 1]] });
  await h.fails("StakeTooLowForRoot", stranger, call, strangerHot.address);
  await h.ok(stranger, "SubtensorModule.add_stake", strangerHot.address, 0, 1_000_000_000n);
  expect(await h.ok(stranger, call, strangerHot.address)).toEqual([
    ["SubtensorModule.NeuronRegistered", 0, 0, strangerHot.address],
  ]);
  expect(await h.get("SubtensorModule.Uids", 0, validator.address)).toBeNull();
});
