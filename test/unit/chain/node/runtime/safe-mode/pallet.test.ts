import { describe, expect, it } from "vitest";
import { safeMode } from "../../../../../../chain/src/spec/pallets/safe-mode.ts";
import { account, fund, type Step, sudo, TAO, World } from "../subtensor/world.ts";

const call = (name: string, args: Record<string, unknown> = {}) => ({ pallet: "SafeMode", name, args });
const asBob = (name: string, args?: Record<string, unknown>): Step => ({ who: "//Bob", call: call(name, args) });
const deposit = { account: account("//Bob"), block: 1 };
const transfer: Step = fund("//Charlie", TAO);

describe("safe mode", () => {
  it("is entered, extended and left by root, and stops all calls but a few meanwhile", () => {
    const world = new World();
    world.must(sudo(call("force_enter")));
    const until = world.number + 7_200;
    expect(world.events("Entered").map(({ fields }) => fields)).toEqual([{ until }]);
    const remark = { pallet: "System", name: "remark", args: { remark: Uint8Array.of(1) } };
    expect(world.block(transfer, { who: "//Bob", call: remark })).toEqual(["CallFiltered", "ok"]);
    // Root is not stopped, and what it dispatches as somebody else is.
    expect(world.block(sudo({ pallet: "Balances", name: "force_set_balance", args: force() }))).toEqual(["ok"]);
    expect(world.block(sudo(call("force_enter")))).toEqual(["Entered"]);
    world.must(sudo(call("force_extend")));
    expect(world.events("Extended").map(({ fields }) => fields)).toEqual([{ until: until + 3_600 }]);
    world.must(sudo(call("force_exit")));
    expect(world.events("Exited").map(({ fields }) => fields)).toEqual([{ reason: { type: "Force" } }]);
    expect(world.block(transfer)).toEqual(["ok"]);
    expect(world.block(sudo(call("force_exit")), sudo(call("force_extend")))).toEqual(["Exited", "Exited"]);
  });

  it("ends by itself", () => {
    const world = new World();
    world.edit((state) => state.put(safeMode.storage.EnteredUntil, [], 3));
    world.runTo(3);
    expect(world.state.has(safeMode.storage.EnteredUntil)).toBe(true);
    world.block();
    expect(world.events("Exited").map(({ fields }) => fields)).toEqual([{ reason: { type: "Timeout" } }]);
  });

  it("is nothing anyone else can do anything about", () => {
    const world = new World();
    expect(world.block(asBob("enter"), asBob("extend"), asBob("force_enter"), asBob("force_exit"))).toEqual([
      "NotConfigured",
      "Exited",
      "BadOrigin",
      "BadOrigin",
    ]);
    expect(
      world.block(
        asBob("release_deposit", deposit),
        sudo(call("force_release_deposit", deposit)),
        sudo(call("force_slash_deposit", deposit)),
      ),
    ).toEqual(["NoDeposit", "NoDeposit", "NoDeposit"]);
    world.must(sudo(call("force_enter")));
    expect(world.block(asBob("enter"), asBob("extend"))).toEqual(["Entered", "NotConfigured"]);
  });
});

function force(): Record<string, unknown> {
  return { who: { type: "Id", value: account("//Dave") }, new_free: TAO };
}
