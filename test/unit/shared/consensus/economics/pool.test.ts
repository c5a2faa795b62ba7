import { limitPriceBits, type Pool, poolPrice, taoWeightForPrice } from "@subnetkit/shared/consensus/economics/pool";
import { injectionWeights, injectLiquidity } from "@subnetkit/shared/consensus/economics/pool-injection";
import {
  minimumStake,
  swapAlphaForTao,
  swapFee,
  swapTaoForAlpha,
} from "@subnetkit/shared/consensus/economics/pool-swap";
import { U64F64 } from "@subnetkit/shared/fixed/formats";
import { PERQUINTILL_ONE } from "@subnetkit/shared/fixed/perquintill";
import { powRatio } from "@subnetkit/shared/fixed/pow-ratio";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const TAO = 1_000_000_000n;
const HALF = PERQUINTILL_ONE / 2n;
const FREE = { feeRate: 0, limitPriceRao: null };
const pool = (alpha: bigint, tao: bigint, taoWeight = HALF): Pool => ({
  mechanism: "dynamic",
  alphaReserveRao: alpha,
  taoReserveRao: tao,
  taoWeight,
});
const reserve = fc.bigInt(10n ** 9n, 10n ** 16n);
const weight = fc.bigInt(PERQUINTILL_ONE / 100n, (PERQUINTILL_ONE * 99n) / 100n);
const swapped = (result: ReturnType<typeof swapTaoForAlpha>) => {
  if (result.kind !== "swapped") throw new Error(`refused: ${result.reason}`);
  return result;
};

describe("poolPrice (4.1)", () => {
  it("is y/x at equal weights and scales with w1/w2", () => {
    expect(poolPrice(pool(4n, 1n))).toBe(U64F64.one / 4n);
    expect(poolPrice(pool(4n, 1n, PERQUINTILL_ONE / 5n))).toBe(U64F64.one);
    expect(poolPrice(pool(0n, 1n))).toBe(0n);
    expect(poolPrice({ ...pool(4n, 1n), mechanism: "stable" })).toBe(U64F64.one);
  });

  it("has weights for any price within range", () => {
    fc.assert(
      fc.property(reserve, reserve, (alpha, tao) => {
        const price = U64F64.safeDiv(U64F64.fromInt(tao), U64F64.fromInt(alpha)) * 2n;
        const w2 = taoWeightForPrice(alpha, tao, price);
        expect(U64F64.toNumber(poolPrice(pool(alpha, tao, w2))) / U64F64.toNumber(price)).toBeCloseTo(1, 8);
      }),
    );
    expect(taoWeightForPrice(0n, 0n, U64F64.one)).toBe(HALF);
  });
});

describe("swaps (4.2)", () => {
  it("are constant product at equal weights, within 2 rao", () => {
    fc.assert(
      fc.property(reserve, reserve, fc.bigInt(10n ** 6n, 10n ** 12n), (x, y, d) => {
        const sell = swapAlphaForTao(pool(x, y), d, FREE);
        const exact = (y * d) / (x + d);
        if (sell.kind === "refused") {
          expect(exact <= 2n || d > 1_000n * x).toBe(true);
          return;
        }
        expect(exact - sell.outRao <= 2n && sell.outRao - exact <= 2n).toBe(true);
        expect(sell.pool).toEqual(pool(x + d, y - sell.outRao));
      }),
    );
  });

  it("take the fee off the input: 1 TAO at the default rate", () => {
    expect(swapFee(TAO, 33)).toBe(503_547n);
    const result = swapped(
      swapTaoForAlpha(pool(1_000n * TAO, 1_000n * TAO), TAO, { feeRate: 33, limitPriceRao: null }),
    );
    expect(result).toMatchObject({ paidRao: TAO, feeRao: 503_547n, netRao: 999_496_453n, refundRao: 0n });
    // floor(1000e9 * 999496453 / (1000e9 + 999496453)) = 998498450 rounded down.
    const exact = (1_000n * TAO * 999_496_453n) / (1_000n * TAO + 999_496_453n);
    expect(exact - result.outRao).toBeLessThanOrEqual(2n);
    expect(result.pool.taoReserveRao).toBe(1_000n * TAO + 999_496_453n);
    expect(minimumStake(2_000_000n, 33)).toBe(2_001_007n);
  });

  it("follow the weighted formula at other weights", () => {
    // w1 = 0.8, w2 = 0.2: selling as much alpha as there is leaves (1/2)^4 of the TAO.
    const result = swapped(swapAlphaForTao(pool(TAO, TAO, PERQUINTILL_ONE / 5n), TAO, FREE));
    expect(TAO - TAO / 16n - result.outRao).toBeLessThanOrEqual(1n);
    // Buying has exponent w2/w1 = 1/4: doubling the TAO leaves 2^-0.25 of the alpha.
    const bought = swapped(swapTaoForAlpha(pool(TAO, TAO, PERQUINTILL_ONE / 5n), TAO, FREE));
    expect(Number(bought.outRao)).toBeCloseTo(1e9 * (1 - 2 ** -0.25), -1);
  });

  it("do not lower x^w1 * y^w2 and never move the price in the trader's favour, for inputs up to a tenth of the reserve", () => {
    fc.assert(
      fc.property(reserve, reserve, weight, fc.bigInt(10n ** 6n, 10n ** 13n), fc.boolean(), (x, y, w2, d, sell) => {
        fc.pre(10n * d <= (sell ? x : y));
        const before = pool(x, y, w2);
        const result = (sell ? swapAlphaForTao : swapTaoForAlpha)(before, d, FREE);
        if (result.kind === "refused") return;
        const after = result.pool;
        // x'^w1 * y'^w2 >= x^w1 * y^w2, with the ratios to 18 decimals.
        const grown = powRatio(after.alphaReserveRao, x, PERQUINTILL_ONE - w2, PERQUINTILL_ONE);
        const rest = powRatio(after.taoReserveRao, y, w2, PERQUINTILL_ONE);
        expect(grown * rest).toBeGreaterThanOrEqual(10n ** 36n - 10n ** 24n);
        expect(sell ? poolPrice(after) <= poolPrice(before) : poolPrice(after) >= poolPrice(before)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("trade 1:1 without a fee in a stable pool", () => {
    const stable: Pool = { ...pool(0n, 0n), mechanism: "stable" };
    expect(swapTaoForAlpha(stable, 77n, { feeRate: 33, limitPriceRao: 1n })).toMatchObject({
      kind: "swapped",
      outRao: 77n,
      feeRao: 0n,
    });
  });

  it("refuse what the limits forbid", () => {
    const reason = (result: ReturnType<typeof swapTaoForAlpha>) =>
      result.kind === "refused" ? result.reason : "swapped";
    expect(reason(swapTaoForAlpha(pool(999_999n, TAO), 1_000n, FREE))).toBe("reservesTooLow");
    expect(reason(swapTaoForAlpha(pool(TAO, TAO), 1_000n * TAO + 1n, FREE))).toBe("inputTooLarge");
    expect(reason(swapTaoForAlpha(pool(10n ** 6n, 10n ** 15n), 1n, FREE))).toBe("zeroOutput");
    expect(reason(swapTaoForAlpha(pool(TAO, TAO), 0n, FREE))).toBe("swapped");
  });

  it("name an impossible argument", () => {
    const field = (name: string) =>
      expect.objectContaining({ code: "E_ECONOMICS_INPUT", data: expect.objectContaining({ field: name }) });
    expect(() => swapTaoForAlpha(pool(TAO, TAO), -1n, FREE)).toThrowError(field("amountRao"));
    expect(() => swapTaoForAlpha(pool(TAO, TAO, 0n), 1n, FREE)).toThrowError(field("pool.taoWeight"));
    expect(() => swapTaoForAlpha(pool(TAO, TAO), 1n, { feeRate: 65_535, limitPriceRao: null })).toThrowError(
      field("feeRate"),
    );
  });
});

describe("price limits (4.3)", () => {
  it("convert rao per alpha", () => {
    expect(limitPriceBits(1_500_000_000n)).toBe((3n * U64F64.one) / 2n);
  });

  it("stop a buy where the price reaches the limit and refund the rest", () => {
    // Price 1, limit 4: y*(sqrt(4) - 1) = y.
    const result = swapped(swapTaoForAlpha(pool(TAO, TAO), 10n * TAO, { feeRate: 33, limitPriceRao: 4n * TAO }));
    expect(result.netRao).toBe(TAO);
    expect(result.feeRao).toBe((TAO * 33n) / (65_535n - 33n));
    expect(result.refundRao).toBe(10n * TAO - result.netRao - result.feeRao);
    expect(U64F64.toNumber(poolPrice(result.pool))).toBeCloseTo(4, 6);
  });

  it("stop a sale likewise", () => {
    // Price 1, limit 1/4: x*(sqrt(4) - 1) = x.
    const result = swapped(swapAlphaForTao(pool(TAO, TAO), 10n * TAO, { feeRate: 0, limitPriceRao: TAO / 4n }));
    expect(result.netRao).toBe(TAO);
    expect(U64F64.toNumber(poolPrice(result.pool))).toBeCloseTo(0.25, 6);
  });

  it("execute fully when the target does not pass the limit", () => {
    const result = swapped(swapTaoForAlpha(pool(TAO, TAO), TAO / 10n, { feeRate: 0, limitPriceRao: 4n * TAO }));
    expect(result).toMatchObject({ netRao: TAO / 10n, refundRao: 0n });
  });

  it("refuse a limit on the near side of the price", () => {
    const refused = { kind: "refused", reason: "priceLimitExceeded" };
    expect(swapTaoForAlpha(pool(TAO, TAO), 1_000n, { feeRate: 0, limitPriceRao: TAO - 1n })).toEqual(refused);
    expect(swapAlphaForTao(pool(TAO, TAO), 1_000n, { feeRate: 0, limitPriceRao: TAO + 1n })).toEqual(refused);
    expect(swapTaoForAlpha(pool(TAO, TAO), 1_000n, { feeRate: 0, limitPriceRao: TAO })).toEqual(refused);
  });
});

describe("injection (4.4)", () => {
  it("leaves the price where it is", () => {
    fc.assert(
      fc.property(reserve, reserve, fc.bigInt(0n, 10n ** 9n), fc.bigInt(0n, 10n ** 9n), (x, y, dx, dy) => {
        const before = pool(x, y);
        const after = injectLiquidity(before, dy, dx);
        const drift = U64F64.toNumber(poolPrice(after)) / U64F64.toNumber(poolPrice(before)) - 1;
        expect(Math.abs(drift)).toBeLessThan(1e-8);
      }),
    );
  });

  it("drifts by less than 1e-12 at production sizes", () => {
    const before = pool(2_000_000n * TAO, 50_000n * TAO);
    const after = injectLiquidity(before, 5_000_000n, 777_000_000n);
    const drift = ((poolPrice(after) - poolPrice(before)) * 10n ** 15n) / poolPrice(before);
    expect(drift < 1_000n && drift > -1_000n).toBe(true);
    expect(after.taoWeight).not.toBe(HALF);
  });

  it("keeps one half when both sides grow in proportion and starts an empty pool at one half", () => {
    expect(injectionWeights(pool(1_000n, 1_000n), 10n, 10n)).toEqual({ kind: "accepted", taoWeight: HALF });
    expect(injectionWeights(pool(0n, 0n), 10n, 10n)).toEqual({ kind: "accepted", taoWeight: HALF });
  });

  it("rejects what would push a weight below 0.01 and changes nothing", () => {
    const before = pool(1_000n, 1_000n);
    expect(injectionWeights(before, 1_000_000n, 0n)).toEqual({ kind: "rejected" });
    expect(injectLiquidity(before, 1_000_000n, 0n)).toBe(before);
  });
});
