/** A coldkey gives way to another: announced, disputed, cleared, carried out (spec/subtensor-interface.md 1.5, 2.3). */
import { blake2AsHex } from "@polkadot/util-crypto";
import { describe, expect, it } from "vitest";
import { covers, coversErrors } from "./coverage.ts";
import { harness, key, TAO } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers(
  "SubtensorModule.announce_coldkey_swap",
  "NotEnoughBalanceToPaySwapColdKey",
  "ColdkeySwapReannouncedTooEarly",
  "ColdkeySwapDisputed",
);
covers(
  "SubtensorModule.swap_coldkey_announced",
  "ColdkeySwapAnnouncementNotFound",
  "AnnouncedColdkeyHashDoesNotMatch",
  "ColdkeySwapTooEarly",
  "ColdKeyAlreadyAssociated",
  "NewColdKeyIsHotkey",
  "ColdkeySwapDisputed",
);
covers("SubtensorModule.dispute_coldkey_swap", "ColdkeySwapAnnouncementNotFound", "ColdkeySwapDisputed");
covers(
  "SubtensorModule.clear_coldkey_swap_announcement",
  "ColdkeySwapAnnouncementNotFound",
  "ColdkeySwapClearTooEarly",
);
covers("SubtensorModule.reset_coldkey_swap", "BadOrigin");
coversErrors("System.remark", "SubtensorModule.ColdkeySwapAnnounced");
covers(
  "SubtensorModule.swap_coldkey",
  "BadOrigin",
  "NotEnoughBalanceToPaySwapColdKey",
  "ColdKeyAlreadyAssociated",
  "NewColdKeyIsHotkey",
);

const { owner, staker, validator, stranger, minerCold, miner } = people;
const fresh = key("//Fresh");
const hashOf = (of: { publicKey: Uint8Array }): string => blake2AsHex(of.publicKey);
const h = harness(async (world) => {
  await subnetWorld(world);
  await world.setSubtensor({ ColdkeySwapAnnouncementDelay: 20, ColdkeySwapReannouncementDelay: 6 });
});
const announce = "SubtensorModule.announce_coldkey_swap";
const swap = "SubtensorModule.swap_coldkey_announced";
const dispute = "SubtensorModule.dispute_coldkey_swap";
const clear = "SubtensorModule.clear_coldkey_swap_announcement";
const announced = () => h.get<[number, string] | null>("SubtensorModule.ColdkeySwapAnnouncements", staker.address);

describe("announcing", () => {
  it("costs 0.1 TAO, recycled, and stores hash and block", async () => {
    const issued = await h.int("SubtensorModule.TotalIssuance");
    const events = await h.ok(staker, announce, hashOf(fresh));
    expect(events).toEqual([
      ["Balances.Withdraw", staker.address, 100_000_000],
      ["SubtensorModule.ColdkeySwapAnnounced", staker.address, hashOf(fresh)],
    ]);
    expect(await announced()).toEqual([(await h.height()) + 20, hashOf(fresh)]);
    expect(await h.int("SubtensorModule.TotalIssuance")).toBeLessThan(issued + TAO);
  });

  it("again is free, from the re-announcement delay after the announced block on", async () => {
    await h.ok(staker, announce, hashOf(fresh));
    const when = (await h.height()) + 20;
    await h.fails("ColdkeySwapReannouncedTooEarly", staker, announce, hashOf(fresh));
    await h.nextIs(when + 5);
    await h.fails("ColdkeySwapReannouncedTooEarly", staker, announce, hashOf(fresh));
    expect(await h.ok(staker, announce, hashOf(stranger))).toEqual([
      ["SubtensorModule.ColdkeySwapAnnounced", staker.address, hashOf(stranger)],
    ]);
  });

  it("needs the price", async () => {
    await h.fund(stranger, 90_000_000n);
    await h.fails("NotEnoughBalanceToPaySwapColdKey", stranger, announce, hashOf(fresh));
  });

  it("closes everything else to the coldkey, at the pool and inside other calls", async () => {
    await h.ok(staker, announce, hashOf(fresh));
    for (const tx of [
      h.tx("System.remark", "0x"),
      h.tx("Balances.transfer_keep_alive", stranger.address, 1),
      h.tx("SubtensorModule.remove_stake", validator.address, NETUID, TAO),
      h.tx("Utility.batch_all", [h.tx(clear)]),
    ])
      expect(await h.submit(staker, tx)).toEqual({ kind: "invalid", code: 1010, data: "Custom error: 0" });
    await h.setSubtensor({ ColdkeySwapAnnouncements: [[[staker.address], null]] });
    await h.ok(staker, "Proxy.add_proxy", stranger.address, "Any", 0);
    await h.ok(staker, announce, hashOf(fresh));
    await h.proxied("SubtensorModule.ColdkeySwapAnnounced", stranger, staker, "System.remark", "0x");
    const cleared = await h.submit(stranger, h.tx("Proxy.proxy", staker.address, null, h.tx(clear)));
    expect(JSON.stringify((cleared as { events: unknown }).events)).toContain('"error":"0x84000000"');
    await h.ok(validator, "SubtensorModule.serve_axon", NETUID, 1, 1, 1, 4, 0, 0, 0);
  });
});

describe("swapping as announced", () => {
  it("moves identity, subnets, hotkeys, stake and balance", async () => {
    await h.ok(owner, "SubtensorModule.set_identity", "n", "", "", "", "", "", "");
    await h.ok(owner, "SubtensorModule.add_stake", validator.address, NETUID, TAO);
    const stake = await h.stakeOf(owner, validator, NETUID);
    await h.ok(owner, announce, hashOf(fresh));
    await h.nextIs((await h.height()) + 20);
    const events = await h.ok(owner, swap, fresh.address);
    expect(events.at(-1)).toEqual(["SubtensorModule.ColdkeySwapped", owner.address, fresh.address]);
    expect(await h.get("SubtensorModule.SubnetOwner", NETUID)).toBe(fresh.address);
    expect(await h.get("SubtensorModule.Owner", people.ownerHot.address)).toBe(fresh.address);
    expect(await h.get("SubtensorModule.OwnedHotkeys", owner.address)).toEqual([]);
    expect(await h.get("SubtensorModule.IdentitiesV2", fresh.address)).toMatchObject({ name: "0x6e" });
    expect(await h.stakeOf(fresh, validator, NETUID)).toBe(stake);
    expect((await h.account(owner)).free).toBe(0n);
    expect((await h.account(fresh)).free).toBeGreaterThan(900_000n * TAO);
    expect(await h.get("SubtensorModule.ColdkeySwapAnnouncements", owner.address)).toBeNull();
  });

  it("refuses in the order announced, hash, time, new coldkey without stake, new coldkey no hotkey", async () => {
    await h.fails("ColdkeySwapAnnouncementNotFound", staker, swap, fresh.address);
    await h.ok(staker, announce, hashOf(minerCold));
    const when = (await h.height()) + 20;
    await h.fails("AnnouncedColdkeyHashDoesNotMatch", staker, swap, fresh.address);
    await h.nextIs(when - 1);
    await h.fails("ColdkeySwapTooEarly", staker, swap, minerCold.address);
    await h.fails("ColdKeyAlreadyAssociated", staker, swap, minerCold.address);
    await h.setSubtensor({ ColdkeySwapAnnouncements: [[[staker.address], [1, hashOf(miner)]]] });
    await h.fails("NewColdKeyIsHotkey", staker, swap, miner.address);
    expect(await announced()).toEqual([1, hashOf(miner)]);
  });
});

describe("disputing and clearing", () => {
  it("a dispute freezes the coldkey until root resets it", async () => {
    await h.fails("ColdkeySwapAnnouncementNotFound", staker, dispute);
    await h.ok(staker, announce, hashOf(fresh));
    expect(await h.ok(staker, dispute)).toEqual([["SubtensorModule.ColdkeySwapDisputed", staker.address]]);
    expect(await h.get("SubtensorModule.ColdkeySwapDisputes", staker.address)).toBe(await h.height());
    await h.blocks(30);
    for (const [call, ...args] of [[dispute], [swap, fresh.address], [announce, hashOf(fresh)], [clear]] as [
      string,
      ...unknown[],
    ][])
      expect(await h.submit(staker, h.tx(call, ...args))).toEqual({
        kind: "invalid",
        code: 1010,
        data: "Custom error: 21",
      });
    await h.fails(
      "BadOrigin",
      staker === stranger ? owner : stranger,
      "SubtensorModule.reset_coldkey_swap",
      staker.address,
    );
    expect(await h.root("SubtensorModule.reset_coldkey_swap", staker.address)).toEqual([
      ["SubtensorModule.ColdkeySwapReset", staker.address],
    ]);
    expect(await announced()).toBeNull();
    await h.ok(staker, "System.remark", "0x");
  });

  it.each([[announce], [swap], [dispute]])(
    "a disputed coldkey meets the error inside other calls too: %s",
    async (call) => {
      await h.ok(staker, "Proxy.add_proxy", stranger.address, "Any", 0);
      await h.ok(staker, announce, hashOf(fresh));
      await h.ok(staker, dispute);
      const args = call === dispute ? [] : [call === announce ? hashOf(fresh) : fresh.address];
      await h.proxied("SubtensorModule.ColdkeySwapDisputed", stranger, staker, call, ...args);
    },
  );

  it("clears from the re-announcement delay after the announced block on", async () => {
    await h.fails("ColdkeySwapAnnouncementNotFound", staker, clear);
    await h.ok(staker, announce, hashOf(fresh));
    const when = (await h.height()) + 20;
    await h.nextIs(when + 5);
    await h.fails("ColdkeySwapClearTooEarly", staker, clear);
    expect(await h.ok(staker, clear)).toEqual([["SubtensorModule.ColdkeySwapCleared", staker.address]]);
    await h.ok(staker, "System.remark", "0x");
  });
});

describe("SubtensorModule.swap_coldkey", () => {
  const call = "SubtensorModule.swap_coldkey";

  it("is root's, at a price of its choice", async () => {
    await h.fails("BadOrigin", staker, call, staker.address, fresh.address, 0);
    const events = await h.root(call, staker.address, fresh.address, 5n * TAO);
    expect(events[0]).toEqual(["Balances.Withdraw", staker.address, 5e9]);
    expect(events.at(-1)).toEqual(["SubtensorModule.ColdkeySwapped", staker.address, fresh.address]);
    expect(await h.get("SubtensorModule.Owner", validator.address)).toBe(fresh.address);
  });

  it("refuses what cannot be paid and coldkeys in use", async () => {
    await h.rootFails("NotEnoughBalanceToPaySwapColdKey", call, staker.address, minerCold.address, 10n ** 18n);
    await h.rootFails("ColdKeyAlreadyAssociated", call, staker.address, minerCold.address, 0);
    await h.rootFails("NewColdKeyIsHotkey", call, staker.address, miner.address, 0);
  });
});
