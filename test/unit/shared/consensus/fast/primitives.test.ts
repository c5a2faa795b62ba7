import {
  bitsToU16,
  divBits,
  mulBits,
  normaliseBits,
  ONE,
  ratioBits,
} from "@subnetkit/shared/consensus/fast/primitives";
import { I32F32 } from "@subnetkit/shared/fixed/formats";
import { toU16Fraction } from "@subnetkit/shared/fixed/fractions";
import { normalise } from "@subnetkit/shared/fixed/vector";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { productOperands, quotientOperands } from "../adversarial-operands.ts";

/** The same formulas with the correction left out. */
const mulWithoutFix = (a: number, b: number): number => Math.floor((a * b) / ONE);
const divWithoutFix = (a: number, b: number): number => Math.floor((a / b) * ONE);

const wrong = (
  operands: fc.Arbitrary<[bigint, bigint]>,
  fast: (a: number, b: number) => number,
  exact: (a: bigint, b: bigint) => bigint,
): number =>
  fc
    .sample(operands, { numRuns: 20_000, seed: 7 })
    .filter(([a, b]) => BigInt(fast(Number(a), Number(b))) !== exact(a, b)).length;

describe("fast primitives", () => {
  it("multiply exactly on adversarial operands", () => {
    expect(wrong(productOperands, mulBits, (a, b) => (a * b) >> 32n)).toBe(0);
  });

  it("divide exactly on adversarial operands", () => {
    expect(wrong(quotientOperands, divBits, (a, b) => (a << 32n) / b)).toBe(0);
  });

  it("would be wrong on the same operands without the correction", () => {
    expect(wrong(productOperands, mulWithoutFix, (a, b) => (a * b) >> 32n)).toBeGreaterThan(100);
    expect(wrong(quotientOperands, divWithoutFix, (a, b) => (a << 32n) / b)).toBeGreaterThan(100);
  });

  it("floor negative products toward minus infinity", () => {
    fc.assert(fc.property(productOperands, ([a, b]) => BigInt(mulBits(Number(a), -Number(b))) === (a * -b) >> 32n));
  });

  it("form ratios of small numerators exactly", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 65_535 }),
        fc.integer({ min: 1, max: 2 ** 28 }),
        (n, d) => BigInt(ratioBits(n, d)) === (BigInt(n) << 32n) / BigInt(d),
      ),
    );
  });

  it("scale to u16 like the reference", () => {
    fc.assert(fc.property(fc.bigInt(0n, 2n * I32F32.one), (x) => bitsToU16(Number(x)) === toU16Fraction(x)));
  });

  it("normalise like the reference and leave zeros alone", () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(0n, I32F32.one), { maxLength: 30 }), (values) => {
        const fast = Float64Array.from(values, Number);
        normaliseBits(fast);
        expect(Array.from(fast, BigInt)).toEqual(normalise(values));
      }),
    );
  });
});
