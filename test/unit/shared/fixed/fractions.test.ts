import { I32F32, U96F32 } from "@subnetkit/shared/fixed/formats";
import { toU16Fraction, u16Fraction, u64Fraction } from "@subnetkit/shared/fixed/fractions";
import { maxUpscale, maxUpscaleWeights } from "@subnetkit/shared/fixed/max-upscale";
import { mulPerquintillRound, perquintillFromRational } from "@subnetkit/shared/fixed/perquintill";
import { normalise, sumFixed } from "@subnetkit/shared/fixed/vector";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const ONE = I32F32.one;

describe("u16 and u64 fractions (1.3)", () => {
  it("give the published bits of kappa", () => {
    expect(u16Fraction(32_767)).toBe(2_147_450_879n);
    expect(u16Fraction(65_535)).toBe(ONE);
    expect(u16Fraction(0)).toBe(0n);
  });

  it("floor on the way back: one half is 32767 and one is 65535", () => {
    expect([ONE / 2n, ONE, ONE - 1n, 2n * ONE, -1n].map(toU16Fraction)).toEqual([32_767, 65_535, 65_534, 65_535, 0]);
  });

  it("lose at most a unit on a round trip", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65_535 }), (n) => {
        const back = toU16Fraction(u16Fraction(n));
        expect(back === n || back === n - 1).toBe(true);
      }),
    );
  });

  it("divide u64 fractions by 2^64-1", () => {
    expect(u64Fraction(2n ** 64n - 1n, U96F32)).toBe(U96F32.one);
    expect(u64Fraction(971_718_665_099_567_868n, U96F32)).toBe(
      (971_718_665_099_567_868n * 2n ** 32n) / (2n ** 64n - 1n),
    );
  });
});

describe("normalise (1.3)", () => {
  it("leaves zeros alone and may sum to slightly less than one", () => {
    expect(normalise([0n, 0n])).toEqual([0n, 0n]);
    expect(normalise([])).toEqual([]);
    expect(normalise([ONE, ONE, ONE])).toEqual([ONE / 3n, ONE / 3n, ONE / 3n]);
    expect(sumFixed(normalise([ONE, ONE, ONE]))).toBe(ONE - 1n);
  });
});

describe("maxUpscale (1.4)", () => {
  it("maps the maximum to 65535 and rounds the others half away from zero", () => {
    expect(maxUpscaleWeights([])).toEqual([]);
    expect(maxUpscaleWeights([0, 0])).toEqual([0, 0]);
    expect(maxUpscaleWeights([1, 2, 4])).toEqual([16_384, 32_768, 65_535]);
    expect(maxUpscaleWeights([65_535, 32_768])).toEqual([65_535, 32_768]);
  });

  it("forms the ratio first above 32768", () => {
    // 65535/40000 = 1.638375 truncated; 20000 times it is 32767.5 less a hair, which rounds down. Product first would round up.
    expect(maxUpscaleWeights([40_000, 20_000])).toEqual([65_535, 32_767]);
    expect(maxUpscaleWeights([20_000, 10_000])).toEqual([65_535, 32_768]);
  });

  it("keeps order and the maximum for every u16 row", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 65_535 }), { minLength: 1, maxLength: 10 }), (row) => {
        const scaled = maxUpscaleWeights(row);
        const most = Math.max(...row);
        row.forEach((value, i) => {
          if (value === most && most > 0) expect(scaled[i]).toBe(65_535);
          expect(Math.abs(scaled[i]! - (most === 0 ? 0 : (value * 65_535) / most))).toBeLessThanOrEqual(0.51);
        });
      }),
    );
  });

  it("takes fractions as well as integers", () => {
    expect(maxUpscale([ONE / 4n, ONE / 2n])).toEqual([32_768, 65_535]);
  });
});

describe("Perquintill", () => {
  it("floors a rational and rounds a product half up", () => {
    expect(perquintillFromRational(1n, 3n)).toBe(333_333_333_333_333_333n);
    expect(perquintillFromRational(4n, 3n)).toBe(10n ** 18n);
    expect(perquintillFromRational(1n, 0n)).toBe(0n);
    expect(mulPerquintillRound(3n, 10n ** 18n / 2n)).toBe(2n);
    expect(mulPerquintillRound(1n, 10n ** 18n / 2n - 1n)).toBe(0n);
  });
});
