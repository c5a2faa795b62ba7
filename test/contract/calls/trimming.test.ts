/** A subnet made smaller: who goes, and what moves up (spec/subtensor-interface.md 2.4). */
import { expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness, key, type Pair } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers(
  "AdminUtils.sudo_trim_to_max_allowed_uids",
  "SubtensorModule.SubnetNotExists",
  "SubtensorModule.InvalidValue",
  "SubtensorModule.TrimmingWouldExceedMaxImmunePercentage",
  "SubtensorModule.TxRateLimitExceeded",
  "BadOrigin",
);

const { owner, ownerHot, stranger, minerCold } = people;
const extra = Array.from({ length: 7 }, (_, i) => key(`//Dave//extra//${i}`));
const h = harness(async (world) => {
  await subnetWorld(world);
  for (const one of extra) await world.ok(minerCold, "SubtensorModule.burned_register", NETUID, one.address);
  await world.setSubtensor({
    MinAllowedUids: [[[NETUID], 2]],
    ImmunityPeriod: [[[NETUID], 0]],
    Emission: [[[NETUID], ["0", "50", "40", "7", "9", "7", "8", "60", "1", "2"]]],
    Weights: [
      [
        [NETUID, 7],
        [
          [0, 1],
          [3, 2],
          [7, 3],
        ],
      ],
    ],
    Consensus: [[[NETUID], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]],
  });
});
const call = "AdminUtils.sudo_trim_to_max_allowed_uids";
const uid = (of: Pair) => h.get("SubtensorModule.Uids", NETUID, of.address);

it("removes the neurons with least emission but the owner's, moves the rest up with their rows, and says nothing", async () => {
  expect(await h.ok(owner, call, NETUID, 5)).toEqual([]);
  // 0 stays: the owner's. Of 50 40 7 9 7 8 60 1 2 the four largest stay: uids 1, 2, 4, 7.
  expect(await h.get("SubtensorModule.SubnetworkN", NETUID)).toBe(5);
  expect(await h.get("SubtensorModule.MaxAllowedUids", NETUID)).toBe(5);
  expect(await h.get("SubtensorModule.Emission", NETUID)).toEqual([0, 50, 40, 9, 60]);
  expect(await h.get("SubtensorModule.Consensus", NETUID)).toEqual([0, 1, 2, 4, 7]);
  expect(await uid(ownerHot)).toBe(0);
  expect(await uid(extra[1] as Pair)).toBe(3);
  expect(await uid(extra[4] as Pair)).toBe(4);
  expect(await uid(extra[0] as Pair)).toBeNull();
  expect(await h.get("SubtensorModule.Keys", NETUID, 4)).toBe(extra[4]?.address);
  expect(await h.get("SubtensorModule.IsNetworkMember", extra[0]?.address, NETUID)).toBe(false);
  expect(await h.get("SubtensorModule.Weights", NETUID, 4)).toEqual([
    [0, 1],
    [4, 3],
  ]);
  expect(await h.get("SubtensorModule.Weights", NETUID, 7)).toEqual([]);
  expect(await h.get("SubtensorModule.Axons", NETUID, extra[0]?.address)).toBeNull();
});

it("refuses in the order origin, subnet, bounds, immune share", async () => {
  await h.fails("BadOrigin", stranger, call, NETUID, 1);
  await h.rootFails("SubtensorModule.SubnetNotExists", call, 99, 1);
  await h.fails("SubtensorModule.InvalidValue", owner, call, NETUID, 1);
  await h.fails("SubtensorModule.InvalidValue", owner, call, NETUID, 257);
  await h.setSubtensor({ ImmunityPeriod: [[[NETUID], 60_000]] });
  await h.fails("SubtensorModule.TrimmingWouldExceedMaxImmunePercentage", owner, call, NETUID, 5);
  expect(await h.get("SubtensorModule.MaxAllowedUids", NETUID)).toBe(256);
  await h.ok(owner, call, NETUID, 10);
});

it("opens to the owner again after its limit, one block in the fast build", async () => {
  const two = [h.tx(call, NETUID, 8), h.tx(call, NETUID, 7)];
  const outcome = await h.submit(owner, h.tx("Utility.batch_all", two));
  expect(outcome).toMatchObject({ kind: "failed", error: "SubtensorModule.TxRateLimitExceeded" });
  await h.ok(owner, call, NETUID, 8);
  await h.nestedFails("SubtensorModule.TxRateLimitExceeded", owner, call, [NETUID, 6], [NETUID, 6]);
});
