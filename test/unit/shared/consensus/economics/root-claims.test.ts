import { automaticClaimIndices } from "@subnetkit/shared/consensus/economics/automatic-claims";
import {
  addRootDividend,
  claimedAfterStakeChange,
  claimKeepsAlpha,
  rootOwed,
} from "@subnetkit/shared/consensus/economics/root-claims";
import { I96F32 } from "@subnetkit/shared/fixed/formats";
import { describe, expect, it } from "vitest";

const hash = (...words: bigint[]): Uint8Array => {
  const bytes = new Uint8Array(32);
  words.forEach((word, i) => {
    new DataView(bytes.buffer).setBigUint64(8 * i, word);
  });
  return bytes;
};

describe("root claims (3.10)", () => {
  it("raises the rate by amount over root stake", () => {
    expect(addRootDividend(5n, 1n, 4n)).toEqual({ kind: "rate", rateBits: 5n + I96F32.one / 4n });
    expect(addRootDividend(0n, 4n, 4n)).toEqual({ kind: "rate", rateBits: I96F32.one });
  });

  it("stakes to the owner what exceeds the root stake", () => {
    expect(addRootDividend(0n, 5n, 4n)).toEqual({ kind: "stakeToOwner", rao: 5n });
  });

  it("owes rate times stake less what was claimed, from the threshold on", () => {
    const half = I96F32.one / 2n;
    expect(rootOwed({ rateBits: half, rootStakeRao: 1_000_001n, claimedRao: 1n })).toMatchObject({
      owedRao: 499_999n,
      claimable: false,
    });
    expect(rootOwed({ rateBits: half, rootStakeRao: 1_000_002n, claimedRao: 1n })).toMatchObject({
      owedRao: 500_000n,
      claimable: true,
    });
    expect(rootOwed({ rateBits: half, rootStakeRao: 2n, claimedRao: 9n })).toEqual({
      owedBits: 0n,
      owedRao: 0n,
      claimable: false,
    });
    expect(rootOwed({ rateBits: half, rootStakeRao: 1n, claimedRao: 0n, thresholdRao: 0n }).claimable).toBe(false);
  });

  it("moves the claimed amount with the stake so that new stake owes nothing", () => {
    const rate = (3n * I96F32.one) / 2n;
    expect(claimedAfterStakeChange(10n, rate, 3n)).toBe(14n);
    expect(claimedAfterStakeChange(10n, rate, -3n)).toBe(6n);
    expect(claimedAfterStakeChange(1n, rate, -3n)).toBe(0n);
  });

  it("keeps or swaps by the coldkey's choice", () => {
    expect(claimKeepsAlpha({ kind: "swap" }, 1)).toBe(false);
    expect(claimKeepsAlpha({ kind: "keep" }, 1)).toBe(true);
    expect(claimKeepsAlpha({ kind: "keepSubnets", netuids: [1] }, 1)).toBe(true);
    expect(claimKeepsAlpha({ kind: "keepSubnets", netuids: [1] }, 2)).toBe(false);
  });
});

describe("automaticClaimIndices (3.11)", () => {
  it("walks the words of the hash", () => {
    // last = 1; 1+1 = 2, 2+2 = 4, 4+3 = 7, 7+4 = 11 mod 10 = 1, then word 0 again: 1+1 = 2.
    expect(automaticClaimIndices(hash(1n, 2n, 3n, 4n), 10)).toEqual([1, 2, 4, 7]);
  });

  it("saturates the addition before the remainder", () => {
    const most = 2n ** 64n - 1n;
    expect(automaticClaimIndices(hash(most, 0n, 0n, 0n), 1_000, 1)).toEqual([Number(most % 1_000n)]);
  });

  it("claims nobody when nobody is indexed and refuses a short hash", () => {
    expect(automaticClaimIndices(hash(1n), 0)).toEqual([]);
    expect(() => automaticClaimIndices(new Uint8Array(31), 3)).toThrowError(
      expect.objectContaining({ code: "E_ECONOMICS_INPUT" }),
    );
  });
});
