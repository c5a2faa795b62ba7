import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Execution } from "../../../../../chain/src/node/block/execution.ts";
import {
  type AnyRuntimePallet,
  defineRuntimePallet,
  moduleError,
  type Origin,
} from "../../../../../chain/src/node/runtime/pallet.ts";
import { createRuntime } from "../../../../../chain/src/node/runtime/runtime.ts";
import { utilityPallet } from "../../../../../chain/src/node/runtime/utility/pallet.ts";
import { OverlayState } from "../../../../../chain/src/node/storage/state.ts";
import { VersionedStore } from "../../../../../chain/src/node/storage/versions.ts";
import type { RuntimeCall } from "../../../../../chain/src/spec/call.ts";
import { system } from "../../../../../chain/src/spec/pallets/system.ts";

const who = `0x${"11".repeat(32)}`;
const signed: Origin = { kind: "signed", who };
let faults: unknown[];

/** System with a remark that writes, emits and may fail, and a guard that refuses heap pages. */
const playSystem = defineRuntimePallet<typeof system>({
  spec: system,
  guard(_ctx, _origin, call) {
    return call.name === "set_heap_pages" ? { type: "Custom", code: 7, error: { type: "Exhausted" } } : undefined;
  },
  calls: {
    remark: {
      pays: ({ remark }) => remark[0] === 1,
      dispatch(ctx, _origin, { remark }) {
        ctx.state.put(system.storage.EventCount, [], ctx.state.get(system.storage.EventCount) + 1);
        ctx.emit(system, "NewAccount", { account: who });
        if (remark[0] === 2) throw moduleError(system, "CallFiltered");
        if (remark[0] === 3) throw new TypeError("a bug");
      },
    },
    set_heap_pages: { pays: true, dispatch: () => undefined },
  },
});

function execution(): Execution {
  const runtime = createRuntime([playSystem as AnyRuntimePallet, utilityPallet as AnyRuntimePallet]);
  const block = { number: 1, timestampMs: 0, parentHash: `0x${"00".repeat(32)}`, author: who };
  return new Execution(runtime, new OverlayState(new VersionedStore().at(0)), block, (error) => faults.push(error));
}

const remark = (first: number): RuntimeCall => ({
  pallet: "System",
  name: "remark",
  args: { remark: Uint8Array.of(first) },
});
const utility = (name: string, calls: readonly RuntimeCall[]): RuntimeCall => ({
  pallet: "Utility",
  name,
  args: { calls },
});
const written = (run: Execution): number => run.state.get(system.storage.EventCount);
const events = (run: Execution): string[] => {
  run.storeEvents();
  return run.state.get(system.storage.Events).map(({ event }) => event.name);
};

beforeEach(() => {
  faults = [];
});
afterEach(() => expect(faults.filter((one) => !(one instanceof TypeError))).toEqual([]));

describe("dispatch", () => {
  it("keeps what a good call did and nothing of a failed one, events included", () => {
    const run = execution();
    expect(run.dispatch(remark(0), signed)).toEqual({ type: "Ok", value: undefined });
    expect(run.dispatch(remark(2), signed)).toEqual({
      type: "Err",
      value: { type: "Module", value: { index: 0, error: Uint8Array.of(5, 0, 0, 0) } },
    });
    expect(written(run)).toBe(1);
    expect(events(run)).toEqual(["NewAccount"]);
  });

  it("contains a bug in a pallet: rolled back, reported, the caller sees Other", () => {
    const run = execution();
    expect(run.dispatch(remark(3), signed)).toEqual({ type: "Err", value: { type: "Other" } });
    expect(written(run)).toBe(0);
    expect(faults).toHaveLength(1);
  });

  it("reports a hook that fails, by whatever it throws: half a block step is never passed over", () => {
    const run = execution();
    run.hooks("on_initialize", (pallet) => {
      if (pallet.spec.name !== "System") return;
      run.state.put(system.storage.EventCount, [], 5);
      throw moduleError(system, "CallFiltered");
    });
    expect(written(run)).toBe(0);
    expect(faults.map(String)).toEqual(["Error: System.on_initialize failed: System.CallFiltered"]);
    faults = [];
  });

  it("tries work out without leaving a change or an event", () => {
    const run = execution();
    const work = (): boolean => run.dispatch(remark(0), signed).type === "Ok";
    expect(run.probe(work)).toBe(true);
    expect(
      run.probe(() => {
        throw moduleError(system, "CallFiltered");
      }),
    ).toBe(false);
    expect(written(run)).toBe(0);
    expect(events(run)).toEqual([]);
  });

  it("turns a guard's refusal into its error for nested calls of a signer, never for root", () => {
    const run = execution();
    const call: RuntimeCall = { pallet: "System", name: "set_heap_pages", args: { pages: 1n } };
    expect(run.dispatch(call, signed)).toEqual({ type: "Err", value: { type: "Exhausted" } });
    expect(run.dispatch(call, { kind: "root" }).type).toBe("Ok");
    expect(run.guard(call, signed)).toMatchObject({ type: "Custom", code: 7 });
  });

  it("interrupts batch, unwinds batch_all and outlives failures in force_batch", () => {
    const calls = [remark(0), remark(2), remark(0)];
    const batch = execution();
    batch.dispatch(utility("batch", calls), signed);
    expect([written(batch), events(batch)]).toEqual([1, ["NewAccount", "ItemCompleted", "BatchInterrupted"]]);
    const all = execution();
    expect(all.dispatch(utility("batch_all", calls), signed).type).toBe("Err");
    expect([written(all), events(all)]).toEqual([0, []]);
    const force = execution();
    force.dispatch(utility("force_batch", calls), signed);
    expect([written(force), events(force)]).toEqual([
      2,
      ["NewAccount", "ItemCompleted", "ItemFailed", "NewAccount", "ItemCompleted", "BatchCompletedWithErrors"],
    ]);
  });

  it("charges a batch only if one of its calls pays", () => {
    const run = execution();
    expect(run.paysFee(utility("batch", [remark(0), remark(0)]))).toBe(false);
    expect(run.paysFee(utility("batch", [remark(0), remark(1)]))).toBe(true);
  });

  it("has no batch directly inside a batch, except for root", () => {
    const nested = utility("batch_all", [utility("batch", [remark(0)])]);
    expect(execution().dispatch(nested, signed).type).toBe("Err");
    expect(execution().dispatch(nested, { kind: "root" }).type).toBe("Ok");
  });
});
