import { describe, expect, it } from "vitest";
import { type RuntimeCall, runtimeCall } from "../../../../chain/src/spec/call.ts";
import { definePallet, map, value } from "../../../../chain/src/spec/define.ts";
import { runtimeEvent } from "../../../../chain/src/spec/event.ts";
import { palletSpecs } from "../../../../chain/src/spec/pallets.ts";
import { bool, u16 } from "../../../../chain/src/spec/scale/numbers.ts";

const remark: RuntimeCall = { pallet: "System", name: "remark", args: { remark: Uint8Array.of(1, 2) } };
const nested = (depth: number): RuntimeCall =>
  depth === 0 ? remark : { pallet: "Sudo", name: "sudo", args: { call: nested(depth - 1) } };

describe("the runtime call", () => {
  it("is pallet index, call index, arguments", () => {
    expect([...runtimeCall().enc(remark)]).toEqual([0, 0, 8, 1, 2]);
    expect(runtimeCall().dec(Uint8Array.of(0, 0, 8, 1, 2))).toEqual(remark);
  });

  it("refuses calls nested deeper than eight", () => {
    const bytes = (depth: number): Uint8Array => runtimeCall().enc(nested(depth));
    expect(runtimeCall().dec(bytes(7))).toEqual(nested(7));
    expect(() => runtimeCall().dec(bytes(8))).toThrow("nested deeper than 8");
  });

  it("refuses calls that no pallet has", () => {
    expect(() => runtimeCall().dec(Uint8Array.of(0, 99))).toThrow("no call");
    expect(() => runtimeCall().enc({ pallet: "System", name: "nothing", args: {} })).toThrow("no call System.nothing");
  });
});

describe("the runtime event", () => {
  it("reads back named fields and events without any", () => {
    const event = { pallet: "System", name: "NewAccount", fields: { account: `0x${"01".repeat(32)}` } };
    expect(runtimeEvent().dec(runtimeEvent().enc(event))).toEqual(event);
    expect([...runtimeEvent().enc({ pallet: "Utility", name: "BatchCompleted", fields: undefined })]).toEqual([11, 1]);
  });
});

describe("pallet tables", () => {
  it("are in index order with one pallet per index", () => {
    const indices = palletSpecs.map((spec) => spec.index);
    expect(indices).toEqual([...new Set(indices)].sort((a, b) => a - b));
  });

  it("gives every storage item the names its key is made of", () => {
    for (const spec of palletSpecs) {
      for (const [name, item] of Object.entries(spec.storage))
        expect([item.pallet, item.name]).toEqual([spec.name, name]);
    }
  });

  it("reads a missing entry as its default, a fresh one each time, or as undefined where optional", () => {
    const spec = definePallet({
      name: "Test",
      index: 200,
      storage: {
        A: map({ keys: [["Identity", u16]], value: u16, default: 7 }),
        B: value({ value: bool, optional: true }),
      },
    });
    expect(spec.storage.A.missing()).toBe(7);
    expect([...spec.storage.A.defaultBytes]).toEqual([7, 0]);
    expect(spec.storage.B.missing()).toBeUndefined();
    expect([...spec.storage.B.defaultBytes]).toEqual([0]);
  });

  it("refuses two calls with one index", () => {
    expect(() =>
      definePallet({ name: "Test", index: 200, calls: { a: { index: 1, args: {} }, b: { index: 1, args: {} } } }),
    ).toThrow("share an index");
  });
});
