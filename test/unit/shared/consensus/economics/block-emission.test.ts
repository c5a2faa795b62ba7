import {
  blockEmission,
  EMISSION_CURVE,
  halvingsAt,
  halvingThreshold,
  mintedTao,
} from "@subnetkit/shared/consensus/economics/block-emission";
import { describe, expect, it } from "vitest";

const TAO = 1_000_000_000n;

describe("blockEmission (3.2)", () => {
  it("pays 1 TAO at first and halves at the published issuances", () => {
    expect(blockEmission(0n)).toBe(TAO);
    const published = ["10500000", "15750000", "18375000", "19687500", "20343750", "20671875", "20835937.5"];
    published.forEach((issuance, i) => {
      const [whole, part = ""] = issuance.split(".");
      expect(halvingThreshold(i + 1)).toBe(BigInt(whole! + part.padEnd(9, "0")));
    });
  });

  it.each([1, 2, 3, 4, 5, 6, 7])("switches exactly at threshold %i, not one rao before or after", (k) => {
    const threshold = halvingThreshold(k);
    expect(halvingsAt(threshold - 1n)).toBe(k - 1);
    expect(halvingsAt(threshold)).toBe(k);
    expect(blockEmission(threshold - 1n)).toBe(TAO / 2n ** BigInt(k - 1));
    expect(blockEmission(threshold)).toBe(TAO / 2n ** BigInt(k));
  });

  it("pays nothing at and above the cap", () => {
    expect(blockEmission(EMISSION_CURVE.capRao)).toBe(0n);
    expect(blockEmission(EMISSION_CURVE.capRao + 1n)).toBe(0n);
    expect(blockEmission(EMISSION_CURVE.capRao - 1n)).toBe(0n);
  });

  it("takes the cap and the first emission as parameters", () => {
    const curve = { capRao: 1_000n, initialRao: 64n };
    expect([0n, 499n, 500n, 750n, 1_000n].map((issuance) => blockEmission(issuance, curve))).toEqual([
      64n,
      64n,
      32n,
      16n,
      0n,
    ]);
  });

  it("never lets minting pass the cap", () => {
    expect(mintedTao(TAO, EMISSION_CURVE.capRao - 5n)).toBe(5n);
    expect(mintedTao(TAO, EMISSION_CURVE.capRao + 5n)).toBe(0n);
    expect(mintedTao(TAO, 0n)).toBe(TAO);
  });

  it("refuses a negative issuance", () => {
    expect(() => blockEmission(-1n)).toThrowError(
      expect.objectContaining({ code: "E_ECONOMICS_INPUT", data: expect.objectContaining({ field: "issuanceRao" }) }),
    );
  });
});
