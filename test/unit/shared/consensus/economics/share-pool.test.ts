import {
  addFloat,
  floatToU64,
  mulDivFloat,
  SAFE_FLOAT_ZERO,
  type SafeFloat,
  safeFloat,
} from "@subnetkit/shared/consensus/economics/safe-float";
import {
  addValueForAll,
  addValueForOne,
  EMPTY_SHARE_POOL,
  type SharePool,
  shareValue,
} from "@subnetkit/shared/consensus/economics/share-pool";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

describe("safe floats", () => {
  it("hold 21 significant digits", () => {
    expect(safeFloat(1n)).toEqual({ mantissa: 10n ** 20n, exponent: -20 });
    expect(addFloat(safeFloat(10n ** 30n), safeFloat(1n))).toEqual(safeFloat(10n ** 30n));
    expect(safeFloat(0n)).toEqual(SAFE_FLOAT_ZERO);
  });

  it("return integers of up to 21 digits unchanged", () => {
    fc.assert(fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (n) => floatToU64(safeFloat(n)) === n));
    expect(floatToU64(safeFloat(2n ** 70n))).toBe(2n ** 64n - 1n);
    expect(floatToU64(safeFloat(-5n))).toBe(0n);
  });

  it("multiply before they divide and give 0 for a zero divisor", () => {
    expect(floatToU64(mulDivFloat(safeFloat(100n), safeFloat(3n), safeFloat(10n)))).toBe(30n);
    expect(mulDivFloat(safeFloat(1n), safeFloat(1n), SAFE_FLOAT_ZERO)).toEqual(SAFE_FLOAT_ZERO);
  });
});

describe("the share pool (3.12)", () => {
  it("gives the first staker a share of the amount itself", () => {
    const { pool, share } = addValueForOne(EMPTY_SHARE_POOL, SAFE_FLOAT_ZERO, 1_000n);
    expect(share).toEqual(safeFloat(1_000n));
    expect(shareValue(pool, share)).toBe(1_000n);
  });

  it("spreads value for all over the shares", () => {
    const first = addValueForOne(EMPTY_SHARE_POOL, SAFE_FLOAT_ZERO, 300n);
    const second = addValueForOne(first.pool, SAFE_FLOAT_ZERO, 100n);
    const grown = addValueForAll(second.pool, 400n);
    expect([first.share, second.share].map((share) => shareValue(grown, share))).toEqual([600n, 200n]);
    expect(addValueForAll(grown, -10_000n).valueRao).toBe(0n);
  });

  it("refuses to remove more than a share holds", () => {
    const { pool, share } = addValueForOne(EMPTY_SHARE_POOL, SAFE_FLOAT_ZERO, 300n);
    expect(() => addValueForOne(pool, share, -301n)).toThrowError(
      expect.objectContaining({ code: "E_ECONOMICS_INPUT" }),
    );
    expect(shareValue(addValueForOne(pool, share, -300n).pool, addValueForOne(pool, share, -300n).share)).toBe(0n);
  });

  it("keeps every staker within a few rao of its own account, and the sum within the pool", () => {
    const step = fc.record({ who: fc.integer({ min: 0, max: 2 }), rao: fc.bigInt(1n, 10n ** 15n), all: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        let pool: SharePool = EMPTY_SHARE_POOL;
        const shares: SafeFloat[] = [SAFE_FLOAT_ZERO, SAFE_FLOAT_ZERO, SAFE_FLOAT_ZERO];
        for (const { who, rao, all } of steps) {
          if (all && pool.valueRao > 0n) {
            pool = addValueForAll(pool, rao);
            continue;
          }
          const before = shareValue(pool, shares[who]!);
          const after = addValueForOne(pool, shares[who]!, rao);
          pool = after.pool;
          shares[who] = after.share;
          const gained = shareValue(pool, after.share) - before;
          expect(gained >= rao - 2n && gained <= rao + 2n).toBe(true);
        }
        expect(shares.reduce((sum, share) => sum + shareValue(pool, share), 0n)).toBeLessThanOrEqual(
          pool.valueRao + 3n,
        );
      }),
    );
  });
});
