import { delegateReturns } from "@subnetkit/shared/consensus/economics/delegate-returns";
import {
  contributorsCut,
  leaseDividend,
  leaseRefund,
  leaseShare,
} from "@subnetkit/shared/consensus/economics/lease-shares";
import { nextVotingPower, VOTING_POWER_ONE } from "@subnetkit/shared/consensus/economics/voting-power";
import { U64F64 } from "@subnetkit/shared/fixed/formats";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const TAO = 1_000_000_000n;
const refusal = expect.objectContaining({ code: "E_ECONOMICS_INPUT" });

describe("nextVotingPower", () => {
  it("moves towards the stake by alpha, floored", () => {
    expect(nextVotingPower(0n, 1_000n, VOTING_POWER_ONE / 10n)).toBe(100n);
    expect(nextVotingPower(100n, 1_000n, VOTING_POWER_ONE / 10n)).toBe(190n);
    expect(nextVotingPower(7n, 0n, VOTING_POWER_ONE / 2n)).toBe(3n);
    expect(nextVotingPower(5n, 9n, VOTING_POWER_ONE)).toBe(9n);
    expect(nextVotingPower(5n, 9n, 0n)).toBe(5n);
  });

  it("refuses more than the whole, and what is no amount", () => {
    expect(() => nextVotingPower(0n, 0n, VOTING_POWER_ONE + 1n)).toThrowError(refusal);
    expect(() => nextVotingPower(-1n, 0n, 1n)).toThrowError(refusal);
    expect(() => nextVotingPower(0n, -1n, 1n)).toThrowError(refusal);
  });
});

describe("lease shares", () => {
  it("are what was paid of what was raised; refunds round down and dividends up", () => {
    const third = leaseShare(500n, 1_500n);
    expect(U64F64.toNumber(third)).toBeCloseTo(1 / 3, 15);
    expect(leaseShare(1n, 0n)).toBe(0n);
    expect(leaseRefund(third, 300n)).toBe(99n);
    expect(leaseDividend(third, 100n)).toBe(34n);
    expect(leaseDividend(third, 0n)).toBe(0n);
  });

  it("leave the beneficiary no less than a rao per contributor below its due", () => {
    const paid = fc.array(fc.bigInt(1n, 10n ** 15n), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(paid, fc.bigInt(0n, 10n ** 16n), (parts, dividend) => {
        const raised = parts.reduce((sum, part) => sum + part, 0n);
        const given = parts.map((part) => leaseDividend(leaseShare(part, raised), dividend));
        const total = given.reduce((sum, part) => sum + part, 0n);
        expect(total).toBeLessThanOrEqual(dividend + BigInt(parts.length));
        expect(
          parts.reduce((sum, part) => sum + leaseRefund(leaseShare(part, raised), dividend), 0n),
        ).toBeLessThanOrEqual(dividend);
      }),
    );
  });

  it("of the owner's cut are a percentage, rounded up", () => {
    expect(contributorsCut(40, 1_000n)).toBe(400n);
    expect(contributorsCut(33, 10n)).toBe(4n);
    expect(contributorsCut(0, 10n)).toBe(0n);
    expect(contributorsCut(100, 10n)).toBe(10n);
    expect(() => contributorsCut(101, 10n)).toThrowError(refusal);
  });

  it("refuse what is no amount", () => {
    expect(() => leaseShare(-1n, 5n)).toThrowError(refusal);
    expect(() => leaseShare(1n, -5n)).toThrowError(refusal);
    expect(() => leaseRefund(1n, -1n)).toThrowError(refusal);
    expect(() => leaseDividend(-1n, 1n)).toThrowError(refusal);
  });
});

describe("delegateReturns", () => {
  it("counts the epochs of a day, and what 1000 TAO of root stake get of it after the take", () => {
    const returns = delegateReturns({
      seats: [
        { emissionRao: 5n * TAO, tempo: 360 },
        { emissionRao: TAO, tempo: 720 },
      ],
      rootStakeRao: 10_000n * TAO,
      take: 0,
    });
    expect(returns).toEqual({ perDayRao: 110n * TAO, per1000Rao: 11n * TAO });
    const taken = delegateReturns({
      seats: [{ emissionRao: 5n * TAO, tempo: 360 }],
      rootStakeRao: 10_000n * TAO,
      take: 32_768,
    });
    expect(taken.perDayRao).toBe(100n * TAO);
    expect(Number(taken.per1000Rao) / Number(5n * TAO)).toBeCloseTo(1, 4);
  });

  it("is nothing without stake, without seats, and where no epoch runs", () => {
    const seat = { emissionRao: TAO, tempo: 360 };
    expect(delegateReturns({ seats: [seat], rootStakeRao: 0n, take: 0 }).per1000Rao).toBe(0n);
    expect(delegateReturns({ seats: [], rootStakeRao: TAO, take: 0 })).toEqual({ perDayRao: 0n, per1000Rao: 0n });
    expect(delegateReturns({ seats: [{ ...seat, tempo: 0 }], rootStakeRao: TAO, take: 0 }).perDayRao).toBe(0n);
  });

  it("refuses what is no amount", () => {
    expect(() => delegateReturns({ seats: [{ emissionRao: -1n, tempo: 1 }], rootStakeRao: 0n, take: 0 })).toThrowError(
      refusal,
    );
    expect(() => delegateReturns({ seats: [], rootStakeRao: 0n, take: 65_536 })).toThrowError(refusal);
  });
});
