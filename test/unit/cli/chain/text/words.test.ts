import { raoWord, coinsText } from "@subnetkit/cli/chain/text/amount";
import { blockWord, durationWord, shareWord, timeWord, wholeWord } from "@subnetkit/cli/chain/text/words";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const usage = expect.objectContaining({ code: "E_USAGE", exitCode: 2 }) as Error;

describe("words of a command line", () => {
  it("are whole numbers in their range", () => {
    expect(wholeWord("n", "1,000", 1, 2_000)).toBe(1_000);
    for (const text of ["", "-1", "1.5", "2001", "0x10", "1e3", " 1", "1 "])
      expect(() => wholeWord("n", text, 1, 2_000), text).toThrow(usage);
  });

  it("are times", () => {
    expect(["250ms", "12s", "1.5m", "2h", "1d", "1w", "300"].map((text) => durationWord("t", text))).toEqual([
      250, 12_000, 90_000, 7_200_000, 86_400_000, 604_800_000, 300,
    ]);
    for (const text of ["", "s", "1 s", "-1s", "1y", "1s1m"])
      expect(() => durationWord("t", text), text).toThrow(usage);
  });

  it("are points in time", () => {
    expect(timeWord("+1d", 1_000)).toBe(86_401_000);
    expect(timeWord("2027-01-01T00:00:00Z", 0)).toBe(Date.UTC(2027, 0, 1));
    expect(timeWord("1800000000000", 0)).toBe(1_800_000_000_000);
    for (const text of ["", "1d", "soon", "2027-99-99", "12"]) expect(() => timeWord(text, 0), text).toThrow(usage);
  });

  it("are blocks", () => {
    const hash = `0x${"Ab".repeat(32)}`;
    expect([blockWord("b", "1,044"), blockWord("b", "-5"), blockWord("b", hash)]).toEqual([
      1_044,
      -5,
      hash.toLowerCase(),
    ]);
    for (const text of ["", "-0", "0x12", "head", "5000000000"])
      expect(() => blockWord("b", text), text).toThrow(usage);
  });

  it("are shares", () => {
    expect([shareWord("r", "0.2"), shareWord("r", "20%"), shareWord("r", "1")]).toEqual([0.2, 0.2, 1]);
    for (const text of ["", "1.1", "101%", "-1", "half"]) expect(() => shareWord("r", text), text).toThrow(usage);
  });

  it("are amounts that come back as they were written", () => {
    expect(raoWord("a", "1,000.5")).toBe(1_000_500_000_000n);
    expect(raoWord("a", "5rao")).toBe(5n);
    for (const text of ["", "1.0000000001", "-1", "1e9", "99999999999999999999rao", "0.5rao"])
      expect(() => raoWord("a", text), text).toThrow(usage);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 21_000_000_000_000_000n }), (rao) => {
        expect(raoWord("a", coinsText(rao))).toBe(rao);
      }),
      { numRuns: 200 },
    );
  });
});
