import { convertFixed, toU16, toU64 } from "@subnetkit/shared/fixed/convert";
import { I32F32, I64F64, I96F32, Q32, U64F64, U96F32 } from "@subnetkit/shared/fixed/formats";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const ONE = 1n << 32n;
const bits = fc.bigInt(I32F32.min, I32F32.max);
const edge = fc.oneof(bits, fc.constantFrom(0n, 1n, -1n, ONE - 1n, ONE, ONE + 1n, -ONE, I32F32.min, I32F32.max));
/** Floor of a/b for positive b, written without shifts. */
const floorDiv = (a: bigint, b: bigint): bigint => a / b - (a % b < 0n ? 1n : 0n);
const clamp = (v: bigint): bigint => (v > I32F32.max ? I32F32.max : v < I32F32.min ? I32F32.min : v);

describe("fixed-point formats (1.1)", () => {
  it("have the ranges of their names", () => {
    expect([I32F32.min, I32F32.max]).toEqual([-(2n ** 63n), 2n ** 63n - 1n]);
    expect([I64F64.min, I64F64.max, I96F32.max]).toEqual([-(2n ** 127n), 2n ** 127n - 1n, 2n ** 127n - 1n]);
    expect([U96F32.min, U96F32.max, U64F64.max, Q32.max]).toEqual([
      0n,
      2n ** 128n - 1n,
      2n ** 128n - 1n,
      2n ** 64n - 1n,
    ]);
    expect([I32F32.one, U64F64.one]).toEqual([2n ** 32n, 2n ** 64n]);
  });
});

describe("fixed-point operations (1.2)", () => {
  it("floors products toward minus infinity and truncates quotients toward zero", () => {
    expect(I32F32.mul(1n, 1n)).toBe(0n);
    expect(I32F32.mul(-1n, 1n)).toBe(-1n);
    expect(I32F32.safeDiv(-1n, 2n * ONE)).toBe(0n);
    expect(I32F32.safeDiv(-ONE, 3n * ONE)).toBe(-1_431_655_765n);
    expect(I32F32.mul(-ONE, ONE / 3n)).toBe(-1_431_655_765n);
  });

  it("multiplies like exact integers followed by floor and clamp", () => {
    fc.assert(fc.property(edge, edge, (a, b) => I32F32.mul(a, b) === clamp(floorDiv(a * b, ONE))));
  });

  it("divides like exact integers, with the three answers to zero and overflow", () => {
    fc.assert(
      fc.property(edge, edge, (a, b) => {
        if (b === 0n) {
          expect(I32F32.safeDiv(a, b)).toBe(0n);
          expect(I32F32.checkedDiv(a, b)).toBeUndefined();
          expect(() => I32F32.saturatingDiv(a, b)).toThrowError(expect.objectContaining({ code: "E_FIXED_DOMAIN" }));
          return;
        }
        const exact = (a * ONE) / b;
        const fits = exact === clamp(exact);
        expect(I32F32.checkedDiv(a, b)).toBe(fits ? exact : undefined);
        expect(I32F32.safeDiv(a, b)).toBe(fits ? exact : 0n);
        expect(I32F32.saturatingDiv(a, b)).toBe(clamp(exact));
      }),
    );
  });

  it("saturates sums and differences, at 0 for unsigned types", () => {
    expect(I32F32.add(I32F32.max, 1n)).toBe(I32F32.max);
    expect(I32F32.sub(I32F32.min, 1n)).toBe(I32F32.min);
    expect(U96F32.sub(1n, 2n)).toBe(0n);
  });

  it("clamps integers into the type", () => {
    expect(I32F32.fromInt(2n ** 40n)).toBe(I32F32.max);
    expect(I32F32.fromInt(-5)).toBe(-5n * ONE);
    expect(U64F64.fromInt(-5n)).toBe(0n);
  });

  it("floors to integers, below zero too, and clamps to unsigned targets", () => {
    expect(I32F32.floor(-1n)).toBe(-1n);
    expect(toU64(-1n, I32F32)).toBe(0n);
    expect(toU16(I32F32.fromInt(70_000), I32F32)).toBe(65_535);
    expect(toU64(U96F32.max, U96F32)).toBe(2n ** 64n - 1n);
  });

  it("rounds half away from zero", () => {
    const half = ONE / 2n;
    expect([half, half - 1n, -half, -half + 1n, ONE + half].map(I32F32.round)).toEqual([ONE, 0n, -ONE, 0n, 2n * ONE]);
  });

  it("narrows by dropping low bits and widens exactly", () => {
    expect(convertFixed(-1n, I64F64, I32F32)).toBe(-1n);
    expect(convertFixed((1n << 64n) + 5n, I64F64, I32F32)).toBe(ONE);
    expect(convertFixed(I64F64.max, I64F64, I32F32)).toBe(I32F32.max);
    expect(convertFixed(-5n, I32F32, U64F64)).toBe(0n);
    fc.assert(fc.property(bits, (a) => convertFixed(convertFixed(a, I32F32, I64F64), I64F64, I32F32) === a));
  });
});

describe("doubles to fixed point", () => {
  it("round to nearest, ties to even", () => {
    const ulp = 2 ** -32;
    expect([0.5, 1.5, 2.5, -0.5, -1.5].map((k) => I32F32.fromNumber(k * ulp))).toEqual([0n, 2n, 2n, 0n, -2n]);
    expect(I32F32.fromNumber(0.75 * ulp)).toBe(1n);
    expect(I32F32.fromNumber(Number.MIN_VALUE)).toBe(0n);
    expect(I32F32.fromNumber(1e300)).toBe(I32F32.max);
    expect(U96F32.fromNumber(-1)).toBe(0n);
  });

  it("give the bits that the chain stores for its decimal defaults", () => {
    expect(I96F32.fromNumber(0.000003)).toBe(0x3255n);
    expect(U64F64.fromNumber(1.26)).toBe(0x1428f5c28f5c29000n);
  });

  it("refuse NaN and infinities", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => I32F32.fromNumber(value)).toThrowError(expect.objectContaining({ code: "E_FIXED_DOMAIN" }));
    }
  });

  it("come back from toNumber when they fit", () => {
    const binary = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((n) => n / 1024);
    fc.assert(fc.property(binary, (value) => I32F32.toNumber(I32F32.fromNumber(value)) === value));
  });
});
