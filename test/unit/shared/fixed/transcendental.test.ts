import { exp, expSafe } from "@subnetkit/shared/fixed/exp";
import { I32F32, I64F64, I96F32 } from "@subnetkit/shared/fixed/formats";
import { ln, lnSafe } from "@subnetkit/shared/fixed/ln";
import { log2 } from "@subnetkit/shared/fixed/log2";
import { integerSqrt, powRatio } from "@subnetkit/shared/fixed/pow-ratio";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const ONE = I32F32.one;
const real = (bits: bigint): number => I32F32.toNumber(bits);

describe("exp (1.5)", () => {
  it("is exact at 0 and the published constant at 1", () => {
    expect(exp(0n)).toBe(ONE);
    expect(exp(ONE)).toBe((22_802_600n * ONE) / 2n ** 23n);
    expect(real(exp(ONE)!)).toBeCloseTo(2.7182817459, 10);
  });

  it("shows the truncated series at the ends of the safe range", () => {
    expect(real(expSafe(I32F32.fromInt(20)))).toBeCloseTo(481_239_357.67, 1);
    expect(expSafe(I32F32.fromInt(-20))).toBe(8n);
    expect(expSafe(I32F32.fromInt(500))).toBe(expSafe(I32F32.fromInt(20)));
    expect(expSafe(I32F32.fromInt(-500))).toBe(8n);
  });

  it("is undefined where a term leaves the type, which the safe form never reaches", () => {
    expect(exp(I32F32.fromInt(40))).toBeUndefined();
    expect(exp(I32F32.fromInt(-40))).toBeUndefined();
  });

  it("has a longer series on a wider type", () => {
    expect(exp(0n, I64F64)).toBe(I64F64.one);
    for (const x of [-40, -3, -0.25, 0.5, 2, 10])
      expect(I64F64.toNumber(exp(I64F64.fromNumber(x), I64F64)!) / Math.exp(x)).toBeCloseTo(1, x < -30 ? 1 : 9);
    expect(exp(I64F64.fromInt(60), I64F64)).toBeUndefined();
  });

  it("stays near the true value between -5 and 5", () => {
    fc.assert(
      fc.property(fc.double({ min: -5, max: 5, noNaN: true }), (x) => {
        const bits = I32F32.fromNumber(x);
        expect(Math.abs(real(exp(bits)!) / Math.exp(real(bits)) - 1)).toBeLessThan(1e-6);
      }),
    );
  });
});

describe("log2 and ln (1.5)", () => {
  it("is exact at powers of two on both sides of one", () => {
    for (const k of [-20, -3, -1, 0, 1, 5, 30]) {
      expect(log2(k >= 0 ? ONE << BigInt(k) : ONE >> BigInt(-k), I32F32)).toBe(I32F32.fromInt(k));
    }
  });

  it("is undefined at and below zero and where 1/x overflows", () => {
    expect(log2(0n, I32F32)).toBeUndefined();
    expect(log2(-ONE, I32F32)).toBeUndefined();
    expect(log2(1n, I32F32)).toBeUndefined();
    expect(log2(1n, I96F32)).toBe(I96F32.fromInt(-32));
    expect(lnSafe(0n, I32F32)).toBe(0n);
    expect(() => ln(0n, I32F32)).toThrowError(expect.objectContaining({ code: "E_FIXED_DOMAIN" }));
  });

  it("stays near the true value", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 2 ** 30, noNaN: true }), (x) => {
        const bits = I32F32.fromNumber(x);
        expect(Math.abs(real(log2(bits, I32F32)!) - Math.log2(real(bits)))).toBeLessThan(1e-6);
        expect(Math.abs(real(ln(bits, I32F32)) - Math.log(real(bits)))).toBeLessThan(2e-6);
      }),
    );
    expect(I64F64.toNumber(log2(I64F64.fromNumber(10), I64F64)!)).toBeCloseTo(Math.log2(10), 12);
  });
});

describe("powRatio (4.2)", () => {
  const SCALE = 10n ** 18n;

  it("is exact for exponents 0, 1 and 1/2", () => {
    expect(powRatio(2n, 3n, 0n, 1n)).toBe(SCALE);
    expect(powRatio(2n, 3n, 5n, 5n)).toBe((2n * SCALE) / 3n);
    expect(powRatio(2n, 1n, 1n, 2n)).toBe(1_414_213_562_373_095_048n);
    expect(powRatio(1n, 4n, 1n, 2n)).toBe(SCALE / 2n);
    expect(powRatio(0n, 4n, 1n, 2n)).toBe(0n);
  });

  it("agrees with exact integer powers for whole exponents", () => {
    const size = fc.bigInt(1n, 10n ** 6n);
    fc.assert(
      fc.property(size, size, fc.bigInt(2n, 9n), (a, b, k) => {
        fc.pre(a < b);
        expect(powRatio(a, b, k, 1n)).toBe((a ** k * SCALE) / b ** k);
      }),
    );
    expect(powRatio(1n, 2n, 2n, 1n)).toBe(SCALE / 4n);
    expect(powRatio(3n, 2n, 3n, 1n)).toBe((27n * SCALE) / 8n);
  });

  it("gives the floor of the true value for rational exponents", () => {
    fc.assert(
      fc.property(
        fc.bigInt(1n, 10n ** 4n),
        fc.bigInt(1n, 10n ** 4n),
        fc.bigInt(1n, 9n),
        fc.bigInt(1n, 9n),
        (a, b, p, q) => {
          fc.pre(a <= b);
          const power = powRatio(a, b, p, q);
          // power <= (a/b)^(p/q) * 10^18 < power + 1, both sides raised to q.
          const right = a ** p * SCALE ** q;
          expect(power ** q * b ** p <= right && right < (power + 1n) ** q * b ** p).toBe(true);
        },
      ),
    );
  });

  it("takes integer square roots by floor", () => {
    const isFloor = (n: bigint, root: bigint): boolean => root ** 2n <= n && n < (root + 1n) ** 2n;
    fc.assert(fc.property(fc.bigInt(0n, 2n ** 200n), (n) => isFloor(n, integerSqrt(n))));
  });
});
