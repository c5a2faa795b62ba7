import { describe, expect, it } from "vitest";
import type { RuntimeCall } from "../../../../../../chain/src/spec/call.ts";
import { preimage } from "../../../../../../chain/src/spec/pallets/preimage.ts";
import { scheduler } from "../../../../../../chain/src/spec/pallets/scheduler.ts";
import { account, type Step, sudo, World } from "../subtensor/world.ts";

const step = (name: string, args: Record<string, unknown>): Step => sudo({ pallet: "Scheduler", name, args });
const note = (text: string): RuntimeCall => ({
  pallet: "System",
  name: "remark_with_event",
  args: { remark: new TextEncoder().encode(text) },
});
const setLimit: RuntimeCall = {
  pallet: "AdminUtils",
  name: "sudo_set_tx_rate_limit",
  args: { tx_rate_limit: 7n },
};
const failing: RuntimeCall = {
  pallet: "Balances",
  name: "transfer_all",
  args: { dest: { type: "Id", value: account("//Bob") }, keep_alive: true },
};
const schedule = (when: number, call: RuntimeCall, more: Record<string, unknown> = {}): Step =>
  step("schedule", { when, maybe_periodic: undefined, priority: 0, call, ...more });
const ID = new Uint8Array(32).fill(7);

describe("schedule", () => {
  it("dispatches as root at the block asked for, before its extrinsics", () => {
    const world = new World();
    world.must(schedule(4, setLimit));
    expect(world.events("Scheduled")[0]?.fields).toEqual({ when: 4, index: 0 });
    world.runTo(3);
    expect(world.events("Dispatched")).toEqual([]);
    world.run(1);
    expect(world.events("Dispatched")[0]?.fields).toMatchObject({ task: [4, 0], result: { type: "Ok" } });
    expect(world.events("TxRateLimitSet")).toHaveLength(1);
    expect(world.state.has(scheduler.storage.Agenda, 4)).toBe(false);
  });

  it("is for root and for later blocks", () => {
    const world = new World();
    const direct = { ...schedule(9, setLimit), who: "//Bob" };
    expect(world.block({ who: "//Bob", call: direct.call.args["call"] as RuntimeCall })).toEqual(["BadOrigin"]);
    expect(world.block(schedule(2, setLimit), schedule(3, setLimit))).toEqual(["TargetBlockNumberInPast", "ok"]);
  });

  it("serves by priority and fills a block at 50", () => {
    const world = new World();
    world.must(schedule(5, note("late"), { priority: 9 }), schedule(5, setLimit, { priority: 1 }));
    const many = Array.from({ length: 49 }, () => schedule(5, setLimit, { priority: 5 }));
    expect(world.block(...many).slice(-2)).toEqual(["ok", "Exhausted"]);
    world.runTo(5);
    const tasks = world.events("Dispatched").map(({ fields }) => (fields as { task: [number, number] }).task[1]);
    expect([tasks[0], tasks.at(-1), tasks.length]).toEqual([1, 0, 50]);
  });

  it("comes again as often as asked, a named task under its name", () => {
    const world = new World();
    const order = { id: ID, after: 1, maybe_periodic: [2, 3], priority: 0, call: setLimit };
    world.must(step("schedule_named_after", order));
    expect(world.block(step("schedule_named", { ...order, when: 99 }))).toEqual(["FailedToSchedule"]);
    const blocks: number[] = [];
    while (world.number < 12) {
      world.run(1);
      if (world.events("Dispatched").length > 0) blocks.push(world.number);
    }
    expect(blocks).toEqual([3, 5, 7]);
    expect(world.state.has(scheduler.storage.Lookup, ID)).toBe(false);
  });

  it("can be cancelled by place and by name", () => {
    const world = new World();
    world.must(
      schedule(9, setLimit),
      step("schedule_named", { id: ID, when: 9, maybe_periodic: undefined, priority: 0, call: setLimit }),
    );
    world.must(step("cancel_named", { id: ID }), step("cancel", { when: 9, index: 0 }));
    expect(world.block(step("cancel", { when: 9, index: 0 }), step("cancel_named", { id: ID }))).toEqual([
      "NotFound",
      "NotFound",
    ]);
    expect(world.state.has(scheduler.storage.Agenda, 9)).toBe(false);
  });

  it("keeps a long call as a preimage until it ran", () => {
    const world = new World();
    world.must(schedule(4, note("x".repeat(500))));
    expect([...world.state.iterate(preimage.storage.PreimageFor)]).toHaveLength(1);
    world.runTo(4);
    expect(world.events("Dispatched")).toHaveLength(1);
    expect(world.events("Cleared")).toHaveLength(1);
    expect([...world.state.iterate(preimage.storage.PreimageFor)]).toEqual([]);
  });
});

describe("retries", () => {
  it("try a failing task again after their period, as often as set", () => {
    const world = new World();
    world.must(schedule(4, failing));
    world.must(step("set_retry", { task: [4, 0], retries: 2, period: 3 }));
    const blocks: number[] = [];
    while (world.number < 16) {
      world.run(1);
      const told = world.events("Dispatched").map(({ fields }) => (fields as { result: { type: string } }).result.type);
      if (told.length > 0) blocks.push(world.number);
      expect(told.every((type) => type === "Err")).toBe(true);
    }
    expect(blocks).toEqual([4, 7, 10]);
  });

  it("can be taken back, and need a task", () => {
    const world = new World();
    world.must(schedule(9, failing));
    expect(world.block(step("set_retry", { task: [9, 1], retries: 1, period: 1 }))).toEqual(["NotFound"]);
    world.must(step("set_retry", { task: [9, 0], retries: 1, period: 1 }), step("cancel_retry", { task: [9, 0] }));
    expect(world.state.has(scheduler.storage.Retries, [9, 0])).toBe(false);
  });
});
