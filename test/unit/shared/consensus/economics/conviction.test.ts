import {
  convictionOfPart,
  emptyLock,
  isDust,
  type Lock,
  type LockPace,
  mergeLocks,
  reduceLock,
  rollForward,
  rollSum,
} from "@subnetkit/shared/consensus/economics/conviction";
import { U64F64 } from "@subnetkit/shared/fixed/formats";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const MASS = 1_000_000_000n;
const lock: Lock = { massRao: MASS, convictionBits: 0n, block: 100n };
const pace: LockPace = { unlockRate: 1_000n, maturityRate: 1_000n, owner: false, perpetual: false };
const share = (bits: bigint): number => U64F64.toNumber(bits) / Number(MASS);

describe("a lock over time", () => {
  it("unlocks to 1/e in a rate, and its conviction is t/rate of what is left where both rates are the same", () => {
    const rolled = rollForward(lock, 1_100n, pace);
    expect(Number(rolled.massRao) / Number(MASS)).toBeCloseTo(Math.exp(-1), 8);
    expect(share(rolled.convictionBits)).toBeCloseTo(Math.exp(-1), 8);
    expect(rolled.block).toBe(1_100n);
  });

  it("earns the integral of what was locked where the rates differ", () => {
    const blocks = 700;
    for (const [unlockRate, maturityRate] of [
      [2_000, 500],
      [500, 2_000],
    ] as const) {
      const rolled = rollForward(lock, 800n, {
        ...pace,
        unlockRate: BigInt(unlockRate),
        maturityRate: BigInt(maturityRate),
      });
      const left = Math.exp(-blocks / unlockRate) - Math.exp(-blocks / maturityRate);
      expect(share(rolled.convictionBits)).toBeCloseTo((unlockRate * left) / (unlockRate - maturityRate), 8);
    }
  });

  it("keeps a perpetual mass, towards which conviction grows", () => {
    const rolled = rollForward(lock, 1_100n, { ...pace, perpetual: true });
    expect(rolled.massRao).toBe(MASS);
    expect(share(rolled.convictionBits)).toBeCloseTo(1 - Math.exp(-1), 8);
  });

  it("has its mass as conviction behind the owner's hotkey", () => {
    const rolled = rollForward(lock, 1_100n, { ...pace, owner: true });
    expect(rolled.convictionBits).toBe(U64F64.fromInt(rolled.massRao));
  });

  it("is nothing once it is dust, and at once at a rate of 0", () => {
    expect(rollForward(lock, 100_000n, pace)).toEqual(emptyLock(100_000n));
    expect(rollForward(lock, 101n, { ...pace, unlockRate: 0n, maturityRate: 0n })).toEqual(emptyLock(101n));
    expect(rollForward(lock, 101n, { ...pace, unlockRate: 0n })).toEqual(emptyLock(101n));
    expect(isDust({ massRao: 99n, convictionBits: U64F64.fromInt(99) })).toBe(true);
    expect(isDust({ massRao: 100n, convictionBits: 0n })).toBe(false);
    expect(isDust({ massRao: 0n, convictionBits: U64F64.fromInt(100) })).toBe(false);
  });

  it("does not go back in time", () => {
    expect(rollForward(lock, 50n, pace)).toEqual(lock);
  });

  it("never grows, and never has more conviction than was locked", () => {
    const rate = fc.bigInt(0n, 2_000_000n);
    fc.assert(
      fc.property(
        fc.bigInt(0n, 10n ** 17n),
        fc.bigInt(0n, 10_000_000n),
        rate,
        rate,
        fc.boolean(),
        (mass, blocks, a, b, perpetual) => {
          const rolled = rollForward({ ...lock, massRao: mass }, 100n + blocks, {
            unlockRate: a,
            maturityRate: b,
            owner: false,
            perpetual,
          });
          expect(rolled.massRao).toBeLessThanOrEqual(mass);
          // The exponential is a truncated series: a part in 10^9 either way.
          expect(rolled.convictionBits).toBeLessThanOrEqual(U64F64.fromInt(mass + mass / 1_000_000_000n + 2n));
        },
      ),
    );
  });

  it("refuses what is no amount", () => {
    const refused = (change: Partial<Lock>) => () => rollForward({ ...lock, ...change }, 200n, pace);
    expect(refused({ massRao: -1n })).toThrowError(expect.objectContaining({ code: "E_ECONOMICS_INPUT" }));
    expect(refused({ convictionBits: -1n })).toThrowError(expect.objectContaining({ code: "E_ECONOMICS_INPUT" }));
  });
});

describe("locks together", () => {
  const some = (mass: bigint, conviction: bigint, block = 100n): Lock => ({
    massRao: mass,
    convictionBits: U64F64.fromInt(conviction),
    block,
  });

  it("add up, and take off, neither part below 0", () => {
    expect(mergeLocks(some(500n, 10n), some(300n, 20n, 200n))).toEqual(some(800n, 30n, 200n));
    expect(mergeLocks(some(2n ** 64n - 1n, 0n), some(5n, 0n)).massRao).toBe(2n ** 64n - 1n);
    expect(reduceLock(some(500n, 10n), some(200n, 4n))).toEqual(some(300n, 6n));
    expect(reduceLock(some(500n, 10n), some(600n, 11n))).toEqual(some(0n, 0n));
  });

  it("lose in the sum what one of them lost, and the others' change only when nothing was lost", () => {
    const sum = some(1_000n, 100n);
    expect(rollSum(sum, some(500n, 50n), some(400n, 60n), 900n, pace)).toEqual(some(900n, 100n, 900n));
    expect(rollSum(sum, some(500n, 50n), some(500n, 50n), 900n, pace)).toEqual(rollForward(sum, 900n, pace));
  });

  it("part with conviction in proportion to mass", () => {
    expect(convictionOfPart(some(400n, 100n), 100n)).toBe(U64F64.fromInt(25));
    expect(convictionOfPart(some(400n, 100n), 0n)).toBe(0n);
    expect(convictionOfPart(some(0n, 100n), 10n)).toBe(0n);
  });
});
