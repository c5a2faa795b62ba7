/** SafeMode: root can stop all calls but a few for a while (spec/subtensor-interface.md 1.1, rules of pallet_safe_mode). */
import { describe, expect, it } from "vitest";
import { covers, coversErrors } from "./coverage.ts";
import { harness } from "./harness.ts";
import { lift, people } from "./world.ts";

covers("SafeMode.force_enter", "BadOrigin", "Entered");
covers("SafeMode.force_extend", "BadOrigin", "Exited");
covers("SafeMode.force_exit", "BadOrigin", "Exited");
coversErrors("SafeMode.enter", "NotConfigured");
coversErrors("SafeMode.extend", "Exited");
coversErrors("SafeMode.force_slash_deposit", "BadOrigin", "NoDeposit");
coversErrors("SafeMode.release_deposit", "NoDeposit");
coversErrors("SafeMode.force_release_deposit", "BadOrigin", "NoDeposit");

const { owner, stranger } = people;
const h = harness(lift);

describe("the safe mode", () => {
  const remark = () => h.tx("Utility.batch", []);

  it("stops all but a few calls until root ends it or it runs out", async () => {
    await h.fails("NotConfigured", stranger, "SafeMode.enter");
    await h.fails("Exited", stranger, "SafeMode.extend");
    await h.rootFails("Exited", "SafeMode.force_extend");
    await h.rootFails("Exited", "SafeMode.force_exit");
    const [entered] = await h.root("SafeMode.force_enter");
    expect(entered).toEqual(["SafeMode.Entered", (await h.height()) + 7_200]);
    await h.rootFails("Entered", "SafeMode.force_enter");
    expect(await h.submit(stranger, remark())).toMatchObject({ kind: "failed", error: "System.CallFiltered" });
    await h.ok(stranger, "System.remark", "0x");
    const [extended] = await h.root("SafeMode.force_extend");
    expect(extended?.[1]).toBe((entered?.[1] as number) + 3_600);
    expect(await h.root("SafeMode.force_exit")).toEqual([["SafeMode.Exited", "Force"]]);
    expect(await h.submit(stranger, remark())).toMatchObject({ kind: "ok" });
  });

  it("knows no deposits", async () => {
    await h.fails("NoDeposit", stranger, "SafeMode.release_deposit", stranger.address, 1);
    await h.rootFails("NoDeposit", "SafeMode.force_release_deposit", stranger.address, 1);
    await h.rootFails("NoDeposit", "SafeMode.force_slash_deposit", stranger.address, 1);
    for (const call of ["SafeMode.force_enter", "SafeMode.force_extend", "SafeMode.force_exit"])
      await h.fails("BadOrigin", owner, call);
    for (const call of ["SafeMode.force_release_deposit", "SafeMode.force_slash_deposit"])
      await h.fails("BadOrigin", owner, call, stranger.address, 1);
  });
});
