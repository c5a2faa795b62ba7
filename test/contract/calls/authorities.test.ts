/** AdminUtils: who makes blocks and who finalises them (metadata of 424). */
import { u8aToHex } from "@polkadot/util";
import { describe, expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness, key } from "./harness.ts";
import { lift, people } from "./world.ts";

covers("AdminUtils.swap_authorities", "BadOrigin");
covers("AdminUtils.schedule_grandpa_change", "BadOrigin", "Grandpa.ChangePending", "Grandpa.TooSoon");

const h = harness(lift);
const [swap, schedule] = ["AdminUtils.swap_authorities", "AdminUtils.schedule_grandpa_change"] as const;
const authority = u8aToHex(key("//Eve").publicKey);

describe(swap, () => {
  it("replaces the authorities of Aura; an empty list changes nothing", async () => {
    const before = await h.get("Aura.Authorities");
    await h.root(swap, []);
    expect(await h.get("Aura.Authorities")).toEqual(before);
    await h.root(swap, [authority]);
    expect(await h.rpc("state_call", "AuraApi_authorities", "0x")).toBe(`0x04${authority.slice(2)}`);
    await h.fails("BadOrigin", people.stranger, swap, [authority]);
  });
});

describe(schedule, () => {
  it("replaces the authorities of GRANDPA after some blocks, one change at a time", async () => {
    await h.root(schedule, [[authority, 5]], 2, null);
    await h.rootFails("Grandpa.ChangePending", schedule, [[authority, 5]], 2, null);
    await h.blocks(1);
    expect(await h.get("Grandpa.Authorities")).toHaveLength(1);
    // A forced change bars another for twice its delay.
    await h.root(schedule, [[authority, 6]], 3, 3);
    await h.blocks(3);
    await h.rootFails("Grandpa.TooSoon", schedule, [[authority, 6]], 1, 3);
    await h.fails("BadOrigin", people.stranger, schedule, [[authority, 5]], 2, null);
  });
});
