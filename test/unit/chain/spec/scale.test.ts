import fc from "fast-check";
import { TypeRegistry } from "@polkadot/types";
import { describe, expect, it } from "vitest";
import { ScaleError } from "../../../../chain/src/spec/cursor.ts";
import { accountId, h256, multiAddress } from "../../../../chain/src/spec/scale/accounts.ts";
import { bytes, fixedBytes, text } from "../../../../chain/src/spec/scale/byte-strings.ts";
import { bool, compact, i128, i16, i64, u128, u16, u32, u64, u8 } from "../../../../chain/src/spec/scale/numbers.ts";
import type { ScaleType } from "../../../../chain/src/spec/scale/scale-type.ts";
import { array, boundedBytes, boundedVec, btreeMap, vec } from "../../../../chain/src/spec/scale/sequences.ts";
import { struct, tuple, unit } from "../../../../chain/src/spec/scale/structs.ts";
import { option, result, variant } from "../../../../chain/src/spec/scale/variants.ts";

const hex = (data: Uint8Array): string => `0x${Buffer.from(data).toString("hex")}`;
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hex);
const shape = variant("test::Shape", {
  Empty: undefined,
  Side: u16,
  Pair: { index: 9, type: struct("", { a: u8, b: option(bool) }) },
});

const cases: readonly (readonly [string, ScaleType<unknown>, fc.Arbitrary<unknown>])[] = [
  ["bool", bool, fc.boolean()],
  ["u8", u8, fc.integer({ min: 0, max: 255 })],
  ["u32", u32, fc.integer({ min: 0, max: 0xffff_ffff })],
  ["i16", i16, fc.integer({ min: -32_768, max: 32_767 })],
  ["u64", u64, fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })],
  ["i64", i64, fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n })],
  ["u128", u128, fc.bigInt({ min: 0n, max: (1n << 128n) - 1n })],
  ["i128", i128, fc.bigInt({ min: -(1n << 127n), max: (1n << 127n) - 1n })],
  ["Compact<u32>", compact(u32), fc.integer({ min: 0, max: 0xffff_ffff })],
  ["Compact<u64>", compact(u64), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })],
  ["Text", text, fc.string({ unit: "grapheme" })],
  ["Bytes", bytes, fc.uint8Array({ maxLength: 100 })],
  ["Option<Vec<u16>>", option(vec(u16)), fc.option(fc.array(fc.integer({ min: 0, max: 65_535 })), { nil: undefined })],
  ["accountId", accountId, hash],
  [
    "tuple",
    tuple(u8, h256, fixedBytes(4)),
    fc.tuple(fc.integer({ min: 0, max: 255 }), hash, fc.uint8Array({ minLength: 4, maxLength: 4 })),
  ],
  ["array", array(u16, 3), fc.array(fc.integer({ min: 0, max: 65_535 }), { minLength: 3, maxLength: 3 })],
  [
    "map",
    btreeMap(u16, bytes),
    fc.array(fc.tuple(fc.integer({ min: 0, max: 65_535 }), fc.uint8Array({ maxLength: 4 }))),
  ],
  [
    "enum",
    shape,
    fc.oneof(
      fc.constant({ type: "Empty" }),
      fc.record({ type: fc.constant("Side"), value: fc.integer({ min: 0, max: 65_535 }) }),
      fc.record({
        type: fc.constant("Pair"),
        value: fc.record({ a: fc.integer({ min: 0, max: 255 }), b: fc.option(fc.boolean(), { nil: undefined }) }),
      }),
    ),
  ],
  [
    "result",
    result(unit, u8),
    fc.oneof(
      fc.constant({ type: "Ok", value: undefined }),
      fc.record({ type: fc.constant("Err"), value: fc.integer({ min: 0, max: 255 }) }),
    ),
  ],
];

describe("SCALE types", () => {
  it.each(cases)("%s reads back what it wrote", (_name, type, values) => {
    fc.assert(
      fc.property(values, (value) => {
        expect(type.dec(type.enc(value))).toEqual(value);
      }),
      { numRuns: 100 },
    );
  });

  it("writes the bytes polkadot.js writes", () => {
    const registry = new TypeRegistry();
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        fc.array(fc.integer({ min: 0, max: 65_535 }), { maxLength: 80 }),
        (big, small) => {
          expect(hex(compact(u64).enc(big))).toBe(hex(registry.createType("Compact<u64>", big).toU8a()));
          expect(hex(vec(u16).enc(small))).toBe(hex(registry.createType("Vec<u16>", small).toU8a()));
          expect(hex(tuple(i128, option(u64)).enc([-big, big]))).toBe(
            hex(registry.createType("(i128, Option<u64>)", [-big, big]).toU8a()),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  it("keeps the explicit index of an alternative", () => {
    expect([...shape.enc({ type: "Pair", value: { a: 1, b: true } })]).toEqual([9, 1, 1, 1]);
    expect([...shape.enc({ type: "Side", value: 2 })]).toEqual([1, 2, 0]);
  });

  it("resolves an account in the Id form only by its tag", () => {
    const account = `0x${"ab".repeat(32)}`;
    expect(multiAddress.enc({ type: "Id", value: account }).length).toBe(33);
    expect(multiAddress.dec(multiAddress.enc({ type: "Address20", value: new Uint8Array(20) })).type).toBe("Address20");
  });

  it("refuses numbers outside their type instead of wrapping them", () => {
    expect(() => u16.enc(65_536)).toThrow(ScaleError);
    expect(() => u8.enc(1.5)).toThrow(ScaleError);
    expect(() => u64.enc(-1n)).toThrow(ScaleError);
    expect(() => compact(u32).enc(2 ** 32)).toThrow(ScaleError);
    expect(() => compact(u32).dec(compact(u64).enc(1n << 40n))).toThrow(ScaleError);
  });

  it("refuses bytes left over, cut short, or longer than a bound", () => {
    expect(() => u16.dec(Uint8Array.of(1, 2, 3))).toThrow("1 bytes left over");
    expect(() => u32.dec(Uint8Array.of(1, 2, 3))).toThrow(ScaleError);
    expect(() => boundedBytes(2).dec(bytes.enc(new Uint8Array(3)))).toThrow("at most 2");
    expect(() => boundedVec(u8, 1).enc([1, 2])).toThrow("at most 1");
    expect(() => bool.dec(Uint8Array.of(2))).toThrow(ScaleError);
    expect(() => option(u8).dec(Uint8Array.of(2, 0))).toThrow(ScaleError);
  });

  it("fails on a lying length before it allocates", () => {
    const lie = compact(u32).enc(0x3fff_ffff);
    expect(() => vec(u64).dec(lie)).toThrow("does not fit");
    expect(() => vec(unit).dec(lie)).toThrow("empty elements");
  });

  it("never throws anything but a ScaleError on arbitrary bytes", () => {
    const type = vec(tuple(option(text), shape, compact(u128)));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (data) => {
        try {
          type.dec(data);
        } catch (error) {
          expect(error).toBeInstanceOf(ScaleError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
